import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const BENCH = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const ROOT = dirname(BENCH);
/** Everything that a run leaves behind: programs compiled, stores, logs. */
export const SCRATCH = join(ROOT, 'tmp/bench');

/** For what the workspace itself has: its packages and its embedded stores. */
export const requireFromRoot = createRequire(join(ROOT, 'package.json'));

export function scratch(...parts) {
  const path = join(SCRATCH, ...parts);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}

/** The ports of one run. */
export function planPorts(first) {
  const names = ['nginx', 'upstream', 'postgres', 'redis', 'floorJson', 'floorStream', 'peer', 'gateway', 'secondGateway', 'smallGateway', 'strangerPostgres', 'strangerRedis', 'strangerGateway'];
  return Object.fromEntries(names.map((name, i) => [name, first + i]));
}
