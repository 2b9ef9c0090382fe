import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Redis } from 'ioredis';
import pg from 'pg';
import { openFolder } from '../test/open-folder.mjs';
import { ROOT } from '../workspace/root.mjs';
import { findRedisEngine, freePort, startPostgres, startRedis } from './index.js';

const home = openFolder('embedded');
after(() => rmSync(home, { recursive: true }));

/** What a starter that is killed leaves behind. */
function startAndDie(call) {
  const script = `const e = require(${JSON.stringify(join(ROOT, 'tools/embedded'))}); e.${call}.then(() => process.kill(process.pid, 'SIGKILL'))`;
  assert.equal(spawnSync(process.execPath, ['-e', script], { stdio: 'inherit' }).signal, 'SIGKILL');
}

async function query(url, sql) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test('Postgres: adopts the server of a killed starter, with its data', async () => {
  const dataDir = join(home, 'adopted');
  const port = await freePort();
  startAndDie(`startPostgres(${JSON.stringify({ dataDir, port, database: 'mine' })})`);
  const server = await startPostgres({ dataDir, port: await freePort(), database: 'mine' });
  assert.deepEqual([server.adopted, server.port], [true, port]);
  assert.match(server.url, new RegExp(`^postgres://gateway:gateway@127\\.0\\.0\\.1:${port}/mine$`));
  await query(server.url, 'create table kept (x int)');
  await server.stop();
  const again = await startPostgres({ dataDir, port, database: 'mine' });
  assert.equal(again.adopted, false);
  assert.deepEqual(await query(again.url, 'select * from kept'), []);
  await again.stop();
});

test('Postgres: knows its own through a symlink', async () => {
  const server = await startPostgres({ dataDir: join(home, 'real/data'), port: await freePort() });
  symlinkSync(join(home, 'real'), join(home, 'link'));
  const same = await startPostgres({ dataDir: join(home, 'link/data'), port: await freePort() });
  assert.deepEqual([same.adopted, same.pid], [true, server.pid]);
  await server.stop();
});

test('Postgres: starts over the lock of a crashed server, even when its pid is another program’s by now', async () => {
  const dataDir = join(home, 'crashed');
  const port = await freePort();
  const crashed = await startPostgres({ dataDir, port });
  const lock = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8');
  await crashed.kill();
  writeFileSync(join(dataDir, 'postmaster.pid'), lock.replace(/^\d+/, String(process.pid)));
  const again = await startPostgres({ dataDir, port });
  assert.equal(again.adopted, false);
  await again.stop();
});

test('Postgres: begins anew where an initialisation was cut short, and refuses a folder of other things', async () => {
  const dataDir = join(home, 'half');
  mkdirSync(`${dataDir}.new/base`, { recursive: true });
  writeFileSync(`${dataDir}.new/PG_VERSION`, '18\n');
  await (await startPostgres({ dataDir, port: await freePort() })).stop();
  const foreign = join(home, 'foreign');
  mkdirSync(foreign);
  writeFileSync(join(foreign, 'notes.txt'), '');
  await assert.rejects(startPostgres({ dataDir: foreign, port: await freePort() }), /neither empty nor a Postgres data directory/);
});

test('Redis: adopts the server of a killed starter, and keeps data over a stop', async () => {
  const dir = join(home, 'redis');
  const port = await freePort();
  startAndDie(`startRedis(${JSON.stringify({ dir, port })})`);
  const server = await startRedis({ dir, port: await freePort() });
  assert.deepEqual([server.adopted, server.port], [true, port]);
  if (!findRedisEngine().persistent) return server.stop();
  const client = new Redis(server.url);
  await client.set('k', 'v');
  await client.quit();
  await server.stop();
  const again = await startRedis({ dir, port });
  const reader = new Redis(again.url);
  assert.equal(await reader.get('k'), 'v');
  assert.equal((await reader.config('GET', 'maxmemory-policy'))[1], 'noeviction');
  reader.disconnect();
  await again.stop();
});

test('Redis: replaces a server of its folder that no longer answers', async () => {
  const dir = join(home, 'frozen');
  const frozen = await startRedis({ dir, port: await freePort() });
  frozen.pause();
  const fresh = await startRedis({ dir, port: await freePort() });
  assert.equal(fresh.adopted, false);
  assert.notEqual(fresh.pid, frozen.pid);
  await fresh.stop();
});

test('Redis in WebAssembly: serves, takes settings, and says that it forgets', async () => {
  const lines = [];
  const server = await startRedis({ dir: join(home, 'wasm'), port: await freePort(), engine: 'wasm', settings: { 'maxmemory-policy': 'allkeys-lru' }, say: (line) => lines.push(line) });
  assert.match(lines.join('\n'), /^.*forgets its data when it stops\.$/);
  const client = new Redis(server.url);
  assert.equal((await client.config('GET', 'maxmemory-policy'))[1], 'allkeys-lru');
  client.disconnect();
  await server.stop();
});

test('a busy port is named with its owner and the setting that moves it', async () => {
  const server = await startRedis({ dir: join(home, 'first'), port: await freePort(), persist: false });
  const busy = new RegExp(`^Error: Port ${server.port}, wanted for (Redis|Postgres), is in use by .*Stop it, or set SOME_PORT to another port\\.$`);
  await assert.rejects(startRedis({ dir: join(home, 'second'), port: server.port, variable: 'SOME_PORT' }), busy);
  await assert.rejects(startPostgres({ dataDir: join(home, 'pg'), port: server.port, variable: 'SOME_PORT' }), busy);
  await server.stop();
});

test('a full disk is called one', { skip: process.getuid?.() !== 0 || process.platform !== 'linux' }, async (t) => {
  const small = join(home, 'small');
  mkdirSync(small);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', small], { stdio: 'ignore' });
  } catch {
    return t.skip('this machine lets nobody mount');
  }
  try {
    await assert.rejects(startPostgres({ dataDir: join(small, 'pg'), port: await freePort() }), /No room is left on the disk that holds .*small/);
  } finally {
    execFileSync('umount', ['-l', small]);
  }
});
