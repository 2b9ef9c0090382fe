/** `npm run test:node24`: the whole suite on Node 24, whichever Node is installed, from npm's package of its binary. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { ROOT } from '../workspace/root.mjs';
import { run } from '../workspace/run.mjs';

const HOME = join(ROOT, 'tmp/node24');
const PACKAGE = `node-${process.platform}-${process.arch}`;
const NODE = join(HOME, 'node_modules', PACKAGE, 'bin/node');

/** Into a folder of its own, so that neither package.json nor the lockfile knows of it. */
async function fetchNode() {
  mkdirSync(HOME, { recursive: true });
  const { ok, output } = await run('npm', ['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--prefix', HOME, `${PACKAGE}@24`]);
  if (!ok || !existsSync(NODE)) throw new Error(`Node 24 could not be had from npm's ${PACKAGE}:\n${output.trim()}`);
}

if (!existsSync(NODE)) await fetchNode();
const env = { ...process.env, PATH: `${dirname(NODE)}${delimiter}${process.env.PATH}` };
process.exitCode = spawnSync(NODE, [join(ROOT, 'tools/test/test.mjs')], { cwd: ROOT, env, stdio: 'inherit' }).status ?? 1;
