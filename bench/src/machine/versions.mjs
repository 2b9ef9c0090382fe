import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { BENCH, ROOT } from './place.mjs';

/** Everything that a number depends on, as text. */
export function readVersions({ node, tools, stores, cores }) {
  return {
    commit: say('git', ['rev-parse', '--short=12', 'HEAD']) + (say('git', ['status', '--porcelain', '--', 'apps', 'libs', 'package-lock.json']) ? ' with changes' : ''),
    date: new Date().toISOString().slice(0, 10),
    node: say(node, ['--version']),
    gateway: readPackage(ROOT).version,
    peer: packageVersion('@portkey-ai/gateway'),
    hono: packageVersion('hono'),
    undici: packageVersion('undici'),
    nginx: tools.nginx ? word(say('nginx', ['-v']), /nginx\/(\S+)/) : null,
    wrk: tools.wrk ? word(say('wrk', ['-v']), /wrk (?:debian\/)?(\S+)/) : null,
    postgres: stores?.versions.postgres ?? null,
    redis: stores?.versions.redis ?? null,
    machine: `${cores.count} cores of ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}`,
  };
}

function say(file, args) {
  const { stdout, stderr } = spawnSync(file, args, { cwd: ROOT, encoding: 'utf8' });
  return `${stdout ?? ''}${stderr ?? ''}`.trim();
}

function word(text, pattern) {
  return pattern.exec(text)?.[1] ?? text.split('\n')[0];
}

function packageVersion(name) {
  return readPackage(join(BENCH, 'node_modules', name)).version;
}

function readPackage(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}
