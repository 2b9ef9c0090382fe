import { jsonLoad } from '../load/wrk.mjs';
import { KEYS } from '../systems/gateway-file.mjs';
import { measure } from './measure.mjs';
import { warmUp } from './warm-up.mjs';

const CLIENTS = 64;

/**
 * One process, then two with as many clients each, on one Redis and one Postgres. With four cores each process has its own and the
 * ratio of throughputs is measured. With fewer both share one core, so throughput cannot grow; what can be seen is whether a request
 * costs more CPU when a second process works on the same stores, and twice the ratio of the costs is what two cores would give at most.
 */
export async function twoProcesses(bench, rounds) {
  const { ports, cores, stores } = bench;
  const of = (port) => ({ port, headers: { authorization: `Bearer ${KEYS.postpaid}` } });
  const load = (port) => jsonLoad(bench, of(port), { model: 'json-0', connections: CLIENTS, seconds: bench.seconds(4) });
  const first = bench.systems.gateway.pid;
  const second = await bench.startGateway(ports.secondGateway, { core: cores.second });
  const samples = [];
  try {
    await warmUp(bench, () => of(ports.secondGateway));
    for (let round = 0; round < rounds; round++) {
      const one = await measure(bench, { pids: [first], stores }, () => load(ports.gateway));
      const two = await measure(bench, { pids: [first, second.pid], stores }, async () => sum(await Promise.all([load(ports.gateway), load(ports.secondGateway)])));
      const isMeasured = cores.canShowTwo;
      samples.push({ one, two, isMeasured, ratio: isMeasured ? two.perSecond / one.perSecond : (2 * one.cpuPerRequest) / two.cpuPerRequest });
    }
    return samples;
  } finally {
    await second.stop();
  }
}

function sum(results) {
  const total = (pick) => results.reduce((all, each) => all + pick(each), 0);
  return { answered: total((r) => r.answered), refused: total((r) => r.refused), broken: total((r) => r.broken), perSecond: total((r) => r.perSecond) };
}
