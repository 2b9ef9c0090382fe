import { once } from 'node:events';
import { openRedis, type RedisConnection } from '@higress/redis';
import { startRedisServer, type StoreServer } from '@higress/testing';
import { requireSafeRedis } from './require-safe-redis';

describe('an unsafe state Redis', () => {
  let server: StoreServer;
  let redis: RedisConnection;

  beforeAll(async () => {
    server = await startRedisServer({ settings: { 'maxmemory-policy': 'allkeys-lru' } });
    redis = openRedis(server.url, { role: 'request', name: 'spec' });
    await once(redis, 'ready');
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  it('is warned of', async () => {
    const warnings: string[] = [];
    await requireSafeRedis(redis, false, (problem) => warnings.push(problem));
    expect(warnings).toEqual([expect.stringContaining('allkeys-lru'), expect.stringContaining('appendonly')]);
  });

  it('is refused, with what to change, where a safe one is required', async () => {
    await expect(requireSafeRedis(redis, true, () => undefined)).rejects.toThrow(/REQUIRE_SAFE_REDIS is set:\n {2}maxmemory-policy is allkeys-lru.*\n {2}appendonly is off/);
  });
});
