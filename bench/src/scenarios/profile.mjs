import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BENCH, scratch } from '../machine/place.mjs';
import { cpuByThread } from '../machine/process-cost.mjs';
import { table } from '../report/format.mjs';
import { COMPARED } from './scenarios.mjs';
import { warmUp } from './warm-up.mjs';

const LINES = 40;
/** A profile of code that is still being compiled misleads. */
const LEAD_INS = 4;

/** Runs one scenario against a warm gateway under V8's profiler and prints where the time of its load went. */
export async function profile(bench, id) {
  if (!(id in COMPARED)) throw new Error(`--profile takes one of ${Object.keys(COMPARED).join(', ')}`);
  const file = scratch(`profiles/${id}.cpuprofile`);
  rmSync(file, { force: true });
  process.env.BENCH_PROFILE = file;
  const gateway = await bench.startGateway(bench.ports.gateway, { nodeArgs: ['--require', join(BENCH, 'src/systems/profile-on-signal.cjs')] });
  bench.systems.gateway = gateway;
  const { kind, run } = COMPARED[id];
  const load = () => run(bench, bench.contenders.postpaid.of(kind));
  await warmUp(bench, bench.contenders.postpaid.of);
  for (let i = 0; i < LEAD_INS; i++) await load();
  process.kill(gateway.pid, 'SIGUSR2');
  const before = cpuByThread(gateway.pid);
  let answers = 0;
  for (let i = 0; i < bench.options.rounds; i++) answers += (await load()).answered;
  const after = cpuByThread(gateway.pid);
  process.kill(gateway.pid, 'SIGUSR2');
  for (const end = Date.now() + 20_000; !existsSync(file) && Date.now() < end; ) await sleep(100);
  await gateway.stop();
  if (!existsSync(file)) throw new Error('the gateway left no profile behind');
  const perAnswer = (thread) => `${((after[thread] - before[thread]) / answers).toFixed(0)} µs`;
  console.log(`${answers} answers, CPU for each under the profiler: JavaScript's thread ${perAnswer('main')}, all others ${perAnswer('others')}\n`);
  print(JSON.parse(readFileSync(file, 'utf8')));
  console.log(`\n${file} opens in the profiler of Chrome's DevTools.`);
  return true;
}

function print({ nodes, samples, timeDeltas }) {
  const selfUs = new Map();
  samples.forEach((id, i) => selfUs.set(id, (selfUs.get(id) ?? 0) + timeDeltas[i]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const frames = nodes.filter(({ callFrame }) => callFrame.functionName !== '(idle)' && !isProfiler(callFrame)).map(({ id }) => ({ id, us: selfUs.get(id) ?? 0, ...places.get(id) }));
  const total = frames.reduce((sum, { us }) => sum + us, 0);

  /** The nearest caller that is not Node itself: who the time of a socket write, a hash or a timer is spent for. */
  const askedBy = (id) => {
    for (let at = id; at !== undefined; at = parents.get(at)) if (!places.get(at).isNode) return places.get(at);
    return { owner: '(Node by itself)', name: '', place: '' };
  };
  const shares = (pick) => {
    const sums = new Map();
    for (const frame of frames) sums.set(pick(frame), (sums.get(pick(frame)) ?? 0) + frame.us);
    return [...sums].sort((a, b) => b[1] - a[1]).slice(0, LINES).map(([key, us]) => [key, `${((us / total) * 100).toFixed(1)} %`]);
  };
  console.log(table(['own time, by function', 'share'], shares(({ name, place }) => `${name} ${place}`)));
  console.log(`\n${table(['with what it has Node do, by package', 'share'], shares(({ id }) => askedBy(id).owner))}`);
  console.log(`\n${table(['with what it has Node do, by function', 'share'], shares(({ id }) => `${askedBy(id).name} ${askedBy(id).place}`))}`);
}

function placeOf({ functionName, url, lineNumber }) {
  const file = url.startsWith('file:') ? fileURLToPath(url) : url;
  const inPackage = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(.*)/.exec(file);
  const inDist = /\/dist\/((?:apps|libs)\/[^/]+)\/(.*)/.exec(file);
  const found = inPackage ?? inDist;
  const isNode = found === null;
  const [owner, rest] = found?.slice(1) ?? ['Node', file];
  return { isNode, owner, name: functionName || '(anonymous)', place: file ? `${isNode ? '' : `${owner}: `}${rest}:${lineNumber + 1}` : '' };
}

/** The inspector at work on starting and ending the profile. */
function isProfiler({ functionName, url }) {
  return functionName === 'dispatch' && url === '';
}
