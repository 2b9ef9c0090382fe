import { once } from 'node:events';
import { startRedisServer } from '@higress/testing';
import { assertSafeRedis } from './assert-safe-redis';
import { openRedis } from './open-redis';

it('names what would lose jobs, and nothing once it is mended', async () => {
  const server = await startRedisServer({ settings: { 'maxmemory-policy': 'allkeys-lru', appendonly: 'no' } });
  const redis = openRedis(server.url, { role: 'queue', name: 'spec' });
  await once(redis, 'ready');
  expect(await assertSafeRedis(redis)).toEqual([expect.stringContaining('maxmemory-policy is allkeys-lru'), expect.stringContaining('appendonly is off')]);

  await redis.config('SET', 'maxmemory-policy', 'noeviction');
  // The WebAssembly build cannot persist at all, and must be named for it.
  const persists = await redis.config('SET', 'appendonly', 'yes').then(() => true, () => false);
  expect(await assertSafeRedis(redis)).toEqual(persists ? [] : [expect.stringContaining('appendonly is off')]);
  redis.disconnect();
  await server.kill(); // it does not stop while it writes its first append-only file
});
