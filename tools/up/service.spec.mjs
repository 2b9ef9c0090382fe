import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { freePort, notedProcesses, whoListens } from '../embedded/index.js';
import { Service } from './service.mjs';

const home = mkdtempSync(join(tmpdir(), 'service-'));
after(() => rmSync(home, { recursive: true }));

const HONEST = `require('node:http').createServer((_, r) => r.end('ok')).listen(process.env.PORT, '127.0.0.1')`;
const never = new AbortController().signal;

async function service(name, source, giveUp = assert.fail) {
  const main = join(home, `${name}.js`);
  writeFileSync(main, source);
  const port = await freePort();
  const lines = [];
  const heard = [];
  const say = (line) => {
    lines.push(line);
    heard.splice(0).forEach((resolve) => resolve());
  };
  const made = new Service({ name, main, env: { ...process.env, PORT: String(port) }, url: `http://127.0.0.1:${port}`, log: join(home, `${name}.log`), notes: join(home, 'notes'), say, giveUp });
  const said = async (pattern) => {
    while (!lines.some((line) => pattern.test(line))) await new Promise((resolve) => heard.push(resolve));
  };
  return { made, port, said, stop: () => made.stop({ graceMs: 2_000, haste: never }) };
}

test('starts, is noted while it runs, and is gone when stopped', async () => {
  const { made, port, stop } = await service('honest', HONEST);
  await made.start(never);
  assert.deepEqual(notedProcesses(join(home, 'notes')).map(({ name }) => name), ['honest']);
  await stop();
  assert.equal(whoListens(port), null);
  assert.deepEqual(readdirSync(join(home, 'notes')), []);
});

test('comes back when it is killed', async () => {
  const { made, port, said, stop } = await service('mortal', HONEST);
  await made.start(never);
  process.kill(whoListens(port).pid, 'SIGKILL');
  await said(/^mortal ended \(SIGKILL\); starting it again in 0\.5 s$/);
  await said(/^mortal is back/);
  await stop();
});

test('tells the end of its log when it ends before it is ready', async () => {
  const { made } = await service('broken', `console.error('JWT_SECRET_KEY: missing'); process.exit(3)`);
  await assert.rejects(made.start(never), /The broken ended \(exit 3\) before it was ready\. The end of .*broken\.log:\n    JWT_SECRET_KEY: missing/);
});

test('is given up after three restarts', { timeout: 20_000 }, async () => {
  let told;
  const over = new Promise((resolve) => (told = resolve));
  const { made, stop } = await service('moribund', `${HONEST}; setTimeout(() => process.exit(7), 700)`, told);
  await made.start(never);
  assert.match((await over).message, /The moribund keeps dying \(exit 7\)/);
  await stop();
});

test('is killed when it does not obey', async () => {
  const { made, port } = await service('deaf', `process.on('SIGTERM', () => {}); ${HONEST}`);
  await made.start(never);
  await made.stop({ graceMs: 100, haste: never });
  assert.equal(whoListens(port), null);
});
