import type { RedisConnection } from '@higress/redis';

const key = (prefix: string) => `${prefix}heartbeat`;

/** Notes that a heartbeat went all the way from the scheduler through its queue to a worker. */
export async function noteScheduledHeartbeat(redis: RedisConnection, prefix: string): Promise<void> {
  await redis.set(key(prefix), Date.now());
}

/** When the last one did; null before the first. */
export async function lastScheduledHeartbeat(redis: RedisConnection, prefix: string): Promise<Date | null> {
  const at = await redis.get(key(prefix));
  return at === null ? null : new Date(Number(at));
}
