import { jsonLoad } from '../load/wrk.mjs';
import { ownLoad } from '../load/own-load.mjs';

const EVERYBODY = ['direct', 'floor', 'peer', 'postpaid', 'prepaid'];
const WITHOUT_PREPAID = ['direct', 'floor', 'peer', 'postpaid'];

/**
 * What every system is put through. `run` gives one sample; a quick one is shorter.
 * One client and the fixed rate are measured by load.c, whose percentiles are of every answer; wrk adds samples by an assumption of its own.
 */
export const COMPARED = {
  'json-1': {
    title: 'JSON, one client',
    contenders: EVERYBODY,
    kind: 'json',
    run: (bench, target, seconds = bench.seconds(4)) => ownLoad(bench, target, { model: 'json-0', connections: 1, seconds }),
  },
  'json-64': {
    title: 'JSON, 64 clients',
    contenders: EVERYBODY,
    kind: 'json',
    run: (bench, target, seconds = bench.seconds(5)) => jsonLoad(bench, target, { model: 'json-0', connections: 64, seconds }),
  },
  'json-256': {
    title: 'JSON, 256 clients',
    contenders: WITHOUT_PREPAID,
    kind: 'json',
    run: (bench, target, seconds = bench.seconds(5)) => jsonLoad(bench, target, { model: 'json-0', connections: 256, seconds }),
  },
  'rate-200': {
    title: 'JSON, 200 requests a second',
    contenders: EVERYBODY,
    kind: 'json',
    run: (bench, target, seconds = bench.seconds(5)) => ownLoad(bench, target, { model: 'json-0', connections: 64, seconds, rate: 200 }),
  },
  'burst-32': {
    title: 'Streams of 100 chunks without delay, 32 clients',
    contenders: WITHOUT_PREPAID,
    kind: 'stream',
    run: (bench, target, seconds = bench.seconds(5)) => ownLoad(bench, target, { model: 'sse-100-0', connections: 32, seconds }),
  },
  'burst-32-translated': {
    title: 'Translated streams of 100 chunks without delay, 32 clients: chat completions of a provider that speaks Anthropic’s dialect',
    contenders: ['postpaid'],
    kind: 'stream',
    run: (bench, target, seconds = bench.seconds(5)) => ownLoad(bench, target, { model: 'msg-100-0', connections: 32, seconds }),
  },
  'paced-500': {
    title: '500 streams at once, a chunk each 20 ms',
    contenders: WITHOUT_PREPAID,
    kind: 'stream',
    run: (bench, target, seconds = bench.seconds(5)) => ownLoad(bench, target, { model: seconds < 5 ? 'sse-100-20' : 'sse-250-20', connections: 500, seconds: 60, each: 1, rampMs: 1000 }),
  },
};
