import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { bornAt, endProcess, freePort, isPortFree, notedProcesses, processesIn } from '../embedded/index.js';
import { openFolder } from '../test/open-folder.mjs';
import { ROOT } from '../workspace/root.mjs';
import { run } from '../workspace/run.mjs';

/** Long enough for a first start on a busy machine. */
const PATIENCE = { timeout: 180_000 };
const STORES = ['postgres', 'redis-state', 'redis-cache'];

/** @type {string} */
let home;
/** @type {Record<string, string>} */
let env;

before(async () => {
  home = openFolder('up');
  const [port, worker, scheduler, board] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  env = { PATH: process.env.PATH, HOME: process.env.HOME, DATA_DIR: join(home, 'data'), PORT: String(port), WORKER_PORT: String(worker), SCHEDULER_PORT: String(scheduler), BOARD_PORT: String(board) };
});

/** Whatever a test that failed left running, so that the next one begins with nothing. */
afterEach(async () => {
  for (const one of ups.splice(0)) {
    one.child.kill('SIGKILL');
    await one.ended;
  }
  const stores = storePids().map((pid) => ({ pid, born: bornAt(pid) }));
  await Promise.all([...notedProcesses(join(env.DATA_DIR, 'processes')), ...stores].map((known) => endProcess(known, { signal: 'SIGKILL' })));
});

after(() => rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));

/** @type {ReturnType<typeof up>[]} */
const ups = [];

/** Starts `up`; `said` waits for words of it and rejects when it ends without them. */
function up(args = [], more = {}) {
  const child = spawn(process.execPath, ['tools/up/up.mjs', ...args], { cwd: ROOT, env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const words = [];
  const hear = (part) => {
    text += part;
    words.splice(0).forEach((wake) => wake());
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', hear);
  const ended = once(child, 'close').then(([code, signal]) => {
    hear('');
    return { code, signal, text };
  });
  const said = async (pattern) => {
    while (!pattern.test(text)) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`up ended without saying ${pattern}:\n${text}`);
      await new Promise((resolve) => words.push(resolve));
    }
    return text;
  };
  const started = { child, said, ended, isUp: () => said(/Ctrl-C stops it all/) };
  ups.push(started);
  return started;
}

/** The servers themselves and whatever they started. */
function storePids() {
  return STORES.flatMap((name) => processesIn(join(env.DATA_DIR, name)));
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error; // a server's child went with its server
  }
}

const callOf = (text) => /^curl .*$/m.exec(text)[0];
const ports = () => ['PORT', 'WORKER_PORT', 'SCHEDULER_PORT', 'BOARD_PORT'].map((name) => Number(env[name]));

async function nothingIsLeft() {
  assert.deepEqual(notedProcesses(join(env.DATA_DIR, 'processes')), []);
  assert.deepEqual(storePids(), []);
  for (const port of ports()) assert.equal(await isPortFree(port), true, `port ${port} is free again`);
  assert.equal(existsSync(join(env.DATA_DIR, 'up.lock')), false);
}

test('comes up, answers the call that it prints, keeps others out and its own alive, and leaves nothing behind', PATIENCE, async () => {
  const first = up();
  const text = await first.isUp();
  for (const port of ports()) assert.equal((await fetch(`http://127.0.0.1:${port}/ready`)).status, 200);

  const { ok, output } = await run('bash', ['-c', callOf(text)]);
  assert.equal(ok, true, output);
  assert.match(output, /^data: \{.*"content":/m);
  assert.match(output, /^data: \[DONE\]$/m);

  const second = await up().ended;
  assert.equal(second.code, 1);
  assert.match(second.text, new RegExp(`Another "npm run up" \\(process ${first.child.pid}\\)`));

  const [worker] = notedProcesses(join(env.DATA_DIR, 'processes')).filter(({ name }) => name === 'worker');
  process.kill(worker.pid, 'SIGKILL');
  await first.said(/worker is back/);
  const [redis] = processesIn(join(env.DATA_DIR, 'redis-cache'));
  process.kill(redis, 'SIGKILL');
  await first.said(/redis-cache is back/);

  first.child.kill('SIGINT');
  const { code, text: all } = await first.ended;
  assert.equal(code, 0, all);
  assert.match(all.replaceAll('\n', ' '), /gateway stopped .*worker stopped .*scheduler stopped .*board stopped .*redis-cache stopped .*redis-state stopped .*postgres stopped/);
  await nothingIsLeft();
});

test('a start after kill -9 takes over what was left, and one after kill -9 of everything begins where that ended', PATIENCE, async () => {
  const first = up();
  const key = /API key +(\S+)/.exec(await first.isUp())[1];
  first.child.kill('SIGKILL');
  await first.ended;

  const second = up();
  const text = await second.isUp();
  assert.match(text, /left running: .*gateway \(\d+\)/);
  assert.match(text, /postgres :\d+ \(was still running\)/);
  assert.equal(/API key +(\S+)/.exec(text)[1], key);

  [second.child.pid, ...notedProcesses(join(env.DATA_DIR, 'processes')).map(({ pid }) => pid), ...storePids()].forEach(kill);
  await second.ended;

  const third = up();
  const { ok, output } = await run('bash', ['-c', callOf(await third.isUp())]);
  assert.equal(ok && /\[DONE\]/.test(output), true, output);
  third.child.kill('SIGTERM');
  assert.equal((await third.ended).code, 0);
  await nothingIsLeft();
});

test('says which port is busy, and what moves it', PATIENCE, async () => {
  const squatter = net.createServer().listen(Number(env.BOARD_PORT), '127.0.0.1');
  await once(squatter, 'listening');
  const { code, text } = await up().ended;
  squatter.close();
  assert.equal(code, 1);
  assert.match(text, new RegExp(`Port ${env.BOARD_PORT}, wanted for the board, is in use by process ${process.pid} .*set BOARD_PORT to another port`));
  await nothingIsLeft();
});

test('stops in the middle of a start', PATIENCE, async () => {
  const hasty = up();
  await hasty.said(/Postgres and Redis/);
  hasty.child.kill('SIGINT');
  assert.equal((await hasty.ended).code, 0);
  await nothingIsLeft();
});

test('ends with the words of the service that cannot start', PATIENCE, async () => {
  const { code, text } = await up([], { JWT_ALGORITHM: 'ROT13' }).ended;
  assert.equal(code, 1);
  assert.match(text, /JWT_ALGORITHM/);
  await nothingIsLeft();
});

test('forgets everything when told, and runs three gateways when asked', PATIENCE, async () => {
  const before = JSON.parse(readFileSync(join(env.DATA_DIR, 'keys.json'), 'utf8')).DEMO_API_KEY;
  const free = await threeInARow();
  const fresh = up(['--reset'], { GATEWAY_REPLICAS: '3', PORT: String(free) });
  const text = await fresh.isUp();
  assert.match(text, /Forgetting everything in/);
  assert.equal(text.includes(before), false);
  const answers = await Promise.all([0, 1, 2].map((at) => run('bash', ['-c', callOf(text).replace(`:${free}/`, `:${free + at}/`)])));
  for (const { output } of answers) assert.match(output, /\[DONE\]/);
  fresh.child.kill('SIGINT');
  assert.equal((await fresh.ended).code, 0);
  await nothingIsLeft();
});

async function threeInARow() {
  for (;;) {
    const port = await freePort();
    if ((await Promise.all([port + 1, port + 2].map((next) => isPortFree(next)))).every(Boolean)) return port;
  }
}
