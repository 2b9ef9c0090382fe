import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { coreUse, planCores, readCores } from './machine/cores.mjs';
import { requireFree } from './machine/free-ports.mjs';
import { stopAll } from './machine/pinned.mjs';
import { planPorts, ROOT, SCRATCH } from './machine/place.mjs';
import { build, compile, findNode, findTools, replacements } from './machine/tools.mjs';
import { readVersions } from './machine/versions.mjs';
import { writeDocs } from './report/docs-page.mjs';
import { areRight, report } from './report/report.mjs';
import { summarise } from './report/summarise.mjs';
import { judge } from './report/targets.mjs';
import { profile } from './scenarios/profile.mjs';
import { runRounds } from './scenarios/rounds.mjs';
import { contenders, starters } from './systems/contenders.mjs';
import { prepareGateway } from './systems/gateway.mjs';
import { startStores, stopStores } from './systems/stores.mjs';
import { startUpstreams } from './upstream/start-upstreams.mjs';

/** The share of all cores that other programs may use without disturbing. */
const QUIET = 0.1;

/** Prepares, measures, reports and cleans up. Returns false when the gateway's books do not hold every answer it gave. */
export async function run(options) {
  const bench = await prepare(options);
  for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]]) process.once(signal, () => void bench.close().finally(() => process.exit(code)));
  try {
    if (options.profile) return await profile(bench, options.profile);
    const before = readCores();
    const samples = await runRounds(bench);
    const steal = coreUse(before, readCores(), before.map((_, i) => i)).steal;
    return await conclude(bench, samples, steal);
  } finally {
    await bench.close();
  }
}

async function prepare(options) {
  const say = (line) => process.stderr.write(`${line}\n`);
  const cores = planCores();
  const tools = findTools(cores);
  for (const line of replacements(tools)) say(line);
  const busyBefore = await busyNow();
  if (busyBefore > QUIET) say(`Other programs keep this machine ${Math.round(busyBefore * 100)} % busy: what is measured now says little.`);
  spawnSync('taskset', ['-acp', cores.others, String(process.pid)]); // and with us the stores, which inherit it
  const node = findNode(options.node);
  if (options.systems.includes('gateway')) prepareBuild(options, say);
  rmSync(join(SCRATCH, 'logs'), { recursive: true, force: true });
  const programs = { upstream: compile(tools.cc, 'upstream/upstream'), load: compile(tools.cc, 'load/load') };
  const bench = {
    options, say, cores, tools, node, programs,
    ports: planPorts(options.port),
    busyBefore,
    isQuick: options.quick,
    seconds: (full) => (options.quick ? Math.min(full, 2) : full),
    systems: {},
    stores: null,
    gatewayAnswers: 0,
    close: once(async () => {
      await stopAll();
      await stopStores();
    }),
  };
  try {
    return await startAll(bench);
  } catch (error) {
    await bench.close();
    throw error;
  }
}

/** How much of all cores is used by others, before anything of ours runs. */
async function busyNow() {
  const before = readCores();
  await sleep(1000);
  return coreUse(before, readCores(), before.map((_, i) => i)).busy;
}

/** Ctrl-C and the end of the run both want everything stopped. */
function once(work) {
  let running;
  return () => (running ??= work());
}

async function startAll(bench) {
  const isOfStore = (name) => /(postgres|redis)$/i.test(name); // startStores itself takes down what was left behind
  await requireFree(Object.fromEntries(Object.entries(bench.ports).filter(([name]) => !isOfStore(name))));
  bench.upstreams = await startUpstreams(bench);
  if (bench.options.systems.includes('gateway')) {
    bench.stores = await startStores(bench);
    bench.startGateway = await prepareGateway(bench);
  }
  bench.contenders = contenders(bench);
  bench.starters = starters(bench);
  bench.versions = readVersions(bench);
  return bench;
}

function prepareBuild(options, say) {
  if (options.build) {
    say('building');
    build();
  }
  if (!existsSync(join(ROOT, 'dist/apps/gateway/main.js'))) throw new Error('There is no dist/apps/gateway/main.js: run "npm run build", or leave --no-build out');
}

async function conclude(bench, samples, steal) {
  const { options, versions } = bench;
  const nodeMajor = Number(/^v(\d+)/.exec(versions.node)?.[1]);
  const summary = summarise(samples);
  const judged = judge(summary, nodeMajor);
  const books = bench.stores ? await readBooks(bench) : null;
  const text = report({ versions, rounds: options.rounds, isQuick: options.quick, summary, judged, books, steal, disturbedBy: bench.busyBefore > QUIET ? bench.busyBefore : null });
  console.log(text);
  if (options.json) writeFileSync(options.json, JSON.stringify({ versions, options, cores: bench.cores, steal, targets: judged, summary, books, samples }, null, 2));
  if (options.docs) writeDocs(nodeMajor, commandOf(options), text);
  return books === null || areRight(books);
}

/** Every answer that a load counted must be in the books once what is still being written has come to rest. */
async function readBooks({ stores, gatewayAnswers }) {
  const { books } = stores;
  for (let last = -1, rows = await books.answered(); rows !== last; ) {
    last = rows;
    await sleep(1000);
    rows = await books.answered();
  }
  return { answered: gatewayAnswers, rows: await books.answered(), charges: await books.charges(), holds: await books.holds() };
}

function commandOf({ quick, rounds, node, docs }) {
  const args = [quick && '--quick', rounds !== (quick ? 2 : 5) && `--rounds ${rounds}`, /^\d+$/.test(node) && `--node ${node}`, docs && '--docs'].filter(Boolean);
  return `npm run bench${args.length ? ` -- ${args.join(' ')}` : ''}`;
}
