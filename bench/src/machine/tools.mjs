import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BENCH, ROOT, scratch } from './place.mjs';

const HOW = {
  taskset: 'pins processes to cores: apt-get install util-linux',
  cc: 'compiles the upstream and the load: apt-get install gcc libc6-dev',
  'redis-server': 'a native Redis: apt-get install redis-server (valkey-server serves too)',
};

/**
 * What the machine has.
 * @throws {Error} one sentence for each thing that is missing and cannot be replaced, with how to get it
 */
export function findTools(cores) {
  const missing = [];
  if (process.platform !== 'linux') missing.push('Linux: CPU time is read from /proc');
  if (cores.count < 2) missing.push('a second core: the system under test must not share its own with the load');
  const cc = ['cc', 'gcc', 'clang'].find(isThere);
  for (const [name, there] of [['taskset', isThere('taskset')], ['cc', cc], ['redis-server', ['redis-server', 'valkey-server', 'redis-check-rdb'].some(isThere)]]) {
    if (!there) missing.push(`${name}: ${HOW[name]}`);
  }
  if (missing.length > 0) throw new Error(`The benchmark needs\n${missing.map((line) => `  ${line}`).join('\n')}`);
  return { cc, nginx: isThere('nginx'), wrk: isThere('wrk') };
}

/** What will be done without a program that could not be found. */
export function replacements({ nginx, wrk }) {
  return [
    ...(nginx ? [] : ['nginx is not installed (apt-get install nginx-light): JSON is answered by the upstream written in C.']),
    ...(wrk ? [] : ['wrk is not installed (apt-get install wrk): JSON load comes from the program written in C.']),
  ];
}

function isThere(name) {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
}

/** Compiles `src/<path>.c` unless that was done since it changed; returns the program. */
export function compile(cc, path) {
  const source = join(BENCH, 'src', `${path}.c`);
  const program = scratch('bin', path.split('/').at(-1));
  if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) return program;
  const { status, stderr } = spawnSync(cc, ['-O2', '-o', program, source], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${source} does not compile:\n${stderr}`);
  return program;
}

/** The packages of the benchmark, which nothing else of the workspace needs. */
export function installPackages() {
  if (packagesAreInstalled()) return;
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: BENCH, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** What npm notes down of an installation must be what the lockfile asks for, its own entry for this package aside. */
function packagesAreInstalled() {
  const noted = join(BENCH, 'node_modules/.package-lock.json');
  if (!existsSync(noted)) return false;
  const [installed, wanted] = [noted, join(BENCH, 'package-lock.json')].map((file) => JSON.parse(readFileSync(file, 'utf8')).packages);
  return Object.keys(wanted).every((path) => path === '' || installed[path]?.version === wanted[path].version);
}

/** The Node binary that `--node` means: a path, or a major version, fetched once from npm's package of its binaries. */
export function findNode(wish) {
  if (!/^\d+$/.test(wish)) {
    if (!existsSync(wish)) throw new Error(`--node: there is no ${wish}`);
    return wish;
  }
  const home = join(ROOT, `tmp/node${wish}`);
  const name = `node-${process.platform}-${process.arch}`;
  const binary = join(home, 'node_modules', name, 'bin/node');
  if (!existsSync(binary)) execFileSync('npm', ['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--prefix', home, `${name}@${wish}`], { stdio: 'ignore' });
  if (!existsSync(binary)) throw new Error(`--node ${wish}: npm has no ${name} for it; give the path of a binary`);
  return binary;
}

/** `npm run build`; Nx does only what changed. */
export function build() {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, encoding: 'utf8', env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' } });
  if (status !== 0) throw new Error(`npm run build failed:\n${stdout}${stderr}`);
}
