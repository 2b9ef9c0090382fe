import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Cluster } from 'ioredis';
import type { RedisConnection } from './open-redis';

/** A Lua script and the name that Redis knows it by. */
export interface Script {
  readonly sha: string;
  readonly source: string;
}

/**
 * Reads a `.lua` file. Meant for module scope: it blocks, once, at start.
 * @param head what stands in front of its text
 */
export function loadScript(path: string, head = ''): Script {
  const source = head + readFileSync(path, 'utf8');
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

/**
 * Makes Redis hold `scripts` whenever it is connected, so that a first EVALSHA does not come back and lose its place in the order.
 * Never throws: `evalScript` and its like cope with a script that is not there.
 */
export function keepLoaded(redis: RedisConnection, scripts: readonly Script[]): void {
  const load = () => {
    const servers = redis instanceof Cluster ? redis.nodes('master') : [redis];
    for (const server of servers) for (const { source } of scripts) server.script('LOAD', source).catch(() => undefined);
  };
  redis.on('ready', load);
  if (redis.status === 'ready') load();
}

/** True for Redis's answer to an EVALSHA of a script that it does not hold; nothing has run then. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
