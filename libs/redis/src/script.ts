import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RedisConnection } from './open-redis';

/** A Lua script and the name that Redis knows it by. */
export interface Script {
  readonly sha: string;
  readonly source: string;
}

/** Reads a `.lua` file. Meant for module scope: it blocks, once, at start. */
export function loadScript(path: string): Script {
  const source = readFileSync(path, 'utf8');
  return { sha: createHash('sha1').update(source).digest('hex'), source };
}

/** Runs a script by its name, and by its text where this Redis has not seen it yet (first use, restart, failover, SCRIPT FLUSH). */
export async function evalScript(redis: RedisConnection, script: Script, keys: readonly string[], args: readonly (string | number | Buffer)[]): Promise<unknown> {
  try {
    return await redis.evalsha(script.sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
    return redis.eval(script.source, keys.length, ...keys, ...args);
  }
}

/** True for Redis's answer to an EVALSHA of a script that it does not hold; nothing has run then. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
