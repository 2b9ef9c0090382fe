import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scratch } from '../machine/place.mjs';
import { table } from '../report/format.mjs';
import { COMPARED } from './scenarios.mjs';
import { warmUp } from './rounds.mjs';

const LINES = 40;

/** Runs one scenario against a gateway under V8's profiler and prints where its own time went, by function and by package. */
export async function profile(bench, id) {
  if (!(id in COMPARED)) throw new Error(`--profile takes one of ${Object.keys(COMPARED).join(', ')}`);
  const dir = scratch('profiles/');
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const nodeArgs = ['--cpu-prof', `--cpu-prof-dir=${dir}`, '--cpu-prof-interval=500'];
  bench.systems.gateway = await bench.startGateway(bench.ports.gateway, { nodeArgs });
  await warmUp(bench);
  const { kind, run } = COMPARED[id];
  for (let i = 0; i < bench.options.rounds; i++) await run(bench, bench.contenders.postpaid.of(kind));
  await bench.systems.gateway.stop();
  const files = readdirSync(dir).map((name) => join(dir, name));
  if (files.length === 0) throw new Error('the gateway left no profile behind');
  print(JSON.parse(readFileSync(files[0], 'utf8')));
  console.log(`\n${files[0]} opens in the profiler of Chrome's DevTools.`);
  return true;
}

function print({ nodes, samples, timeDeltas }) {
  const selfUs = new Map();
  samples.forEach((id, i) => selfUs.set(id, (selfUs.get(id) ?? 0) + timeDeltas[i]));
  const frames = nodes.map(({ id, callFrame }) => ({ us: selfUs.get(id) ?? 0, ...placeOf(callFrame) })).filter(({ name }) => name !== '(idle)');
  const total = frames.reduce((sum, { us }) => sum + us, 0);
  const shares = (pick) => {
    const sums = new Map();
    for (const frame of frames) sums.set(pick(frame), (sums.get(pick(frame)) ?? 0) + frame.us);
    return [...sums].sort((a, b) => b[1] - a[1]).slice(0, LINES).map(([key, us]) => [key, `${((us / total) * 100).toFixed(1)} %`]);
  };
  console.log(table(['package', 'own time'], shares(({ owner }) => owner)));
  console.log(`\n${table(['function', 'own time'], shares(({ name, place }) => `${name} ${place}`))}`);
}

function placeOf({ functionName, url, lineNumber }) {
  const file = url.startsWith('file:') ? fileURLToPath(url) : url;
  const inPackage = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(.*)/.exec(file);
  const inDist = /\/dist\/((?:apps|libs)\/[^/]+)\/(.*)/.exec(file);
  const [owner, rest] = inPackage?.slice(1) ?? inDist?.slice(1) ?? [file.split('/')[0] || 'V8', file];
  return { owner, name: functionName || '(anonymous)', place: file ? `${owner === rest ? '' : `${owner}: `}${rest}:${lineNumber + 1}` : '' };
}
