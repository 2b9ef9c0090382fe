import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DataDir } from './data-dir.mjs';
import { developmentKeys } from './development-keys.mjs';

const home = mkdtempSync(join(tmpdir(), 'data-dir-'));
after(() => rmSync(home, { recursive: true }));

function open(name) {
  const dataDir = new DataDir(join(home, name));
  dataDir.open();
  return dataDir;
}

test('refuses a folder that holds other things', () => {
  const foreign = mkdtempSync(join(home, 'foreign-'));
  writeFileSync(join(foreign, 'thesis.txt'), '');
  assert.throws(() => new DataDir(foreign).open(), /holds other things/);
});

test('lets one in at a time, and takes the lock of a dead one over', () => {
  const dataDir = open('locked');
  const unlock = dataDir.lock();
  assert.throws(() => dataDir.lock(), new RegExp(`process ${process.pid}\\b`));
  unlock();
  writeFileSync(dataDir.at('up.lock'), JSON.stringify({ pid: process.pid, born: 'long ago' }));
  dataDir.lock()();
  assert.equal(existsSync(dataDir.at('up.lock')), false);
});

test('makes keys once, for their owner’s eyes only', () => {
  const dataDir = open('keys');
  const keys = developmentKeys(dataDir, {});
  assert.match(keys.DEMO_API_KEY, /^sk-[0-9A-Za-z]{43}$/);
  assert.match(keys.ENCRYPTION_KEYS, /^1:[A-Za-z0-9+/]{43}=$/);
  assert.deepEqual(developmentKeys(dataDir, {}), keys);
  assert.equal(statSync(dataDir.at('keys.json')).mode & 0o777, 0o600);
});

test('leaves to the environment what it gives, and what derives from that', () => {
  const keys = developmentKeys(open('given'), { JWT_SECRET_KEY: 'x'.repeat(32), BOOTSTRAP_ADMIN_PASSWORD: 'given' });
  assert.deepEqual(Object.keys(keys), ['DEMO_API_KEY']);
});
