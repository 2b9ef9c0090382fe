import { Cluster } from 'ioredis';
import type { RedisConnection } from './open-redis';

/**
 * What makes a Redis unfit to hold queues, one sentence each; empty when it is fit.
 * A Redis that may evict loses jobs without an error; one without an append-only file loses them at a restart.
 * Every master of a cluster is asked. Rejects when Redis cannot be asked.
 */
export async function assertSafeRedis(redis: RedisConnection): Promise<string[]> {
  const servers = redis instanceof Cluster ? redis.nodes('master') : [redis];
  const found = await Promise.all(servers.map(async (server) => problemsOf(await server.info('memory'), await server.info('persistence'))));
  return [...new Set(found.flat())];
}

function problemsOf(memory: string, persistence: string): string[] {
  const policy = infoField(memory, 'maxmemory_policy');
  const problems: string[] = [];
  if (policy !== 'noeviction') problems.push(`maxmemory-policy is ${policy ?? 'unknown'}: jobs may be evicted without an error; set it to noeviction`);
  if (infoField(persistence, 'aof_enabled') !== '1') problems.push('appendonly is off: jobs are lost when it restarts; set appendonly yes');
  return problems;
}

function infoField(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}
