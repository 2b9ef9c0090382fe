import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.mjs';
import { run, runScript } from './run.mjs';

const LOCKFILE = join(ROOT, 'package-lock.json');
const INSTALLED = join(ROOT, 'node_modules/.package-lock.json');
const STAMP = join(ROOT, 'node_modules/.installed-lockfile');

/** True when what the lockfile asks for is what `node_modules` holds. Needs no package itself. */
export function packagesAreInstalled() {
  if (!existsSync(INSTALLED)) return false;
  const wanted = lockfileHash();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return true;
  if (!installedMatchesLockfile()) return false;
  writeFileSync(STAMP, wanted); // somebody else ran npm ci; from now on one hash tells
  return true;
}

/**
 * `npm ci`.
 * @param {{ signal?: AbortSignal }} [options]
 * @throws {Error} with npm's own words
 */
export async function installPackages({ signal } = {}) {
  const args = ['ci', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath;
  const { ok, output } = npm?.endsWith('.js') ? await runScript(npm, args, { signal }) : await run('npm', args, { signal });
  if (!ok) throw new Error(`npm ci failed:\n${output.trim()}`);
  writeFileSync(STAMP, lockfileHash());
}

function lockfileHash() {
  return createHash('sha256').update(readFileSync(LOCKFILE)).digest('hex');
}

/** Optional packages may be absent: most are for other platforms. */
function installedMatchesLockfile() {
  const wanted = Object.entries(packagesOf(LOCKFILE)).filter(([path]) => path !== '');
  const installed = packagesOf(INSTALLED);
  return wanted.every(([path, { version, optional, devOptional }]) => {
    const found = installed[path];
    return found ? found.version === version : optional === true || devOptional === true;
  });
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}
