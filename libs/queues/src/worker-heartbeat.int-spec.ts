import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { openRedis, type RedisConnection } from '@higress/redis';
import { redisUrl } from '@higress/testing';
import { readHeartbeats, WorkerHeartbeat, type WorkerSign } from './worker-heartbeat';

describe('the heartbeat of workers', () => {
  const prefix = `wk_${randomUUID()}:`;
  let redis: RedisConnection;
  const errors: Error[] = [];
  const sign = (id: string): WorkerSign => ({ id, host: 'here', pid: 1, queues: ['billing'], concurrency: 4, startedAt: new Date(0).toISOString() });
  const heartbeat = (id: string) => new WorkerHeartbeat({ redis, prefix, sign: sign(id), onError: (error) => errors.push(error) });

  beforeAll(async () => {
    redis = openRedis(redisUrl(), { role: 'request', name: 'spec' });
    await once(redis, 'ready');
  });
  afterAll(async () => {
    await redis.del(`{${prefix}workers}`, `{${prefix}workers}:dead`);
    redis.disconnect();
  });

  it('lists who lives, and forgets at once who said goodbye', async () => {
    expect(await readHeartbeats(redis, prefix)).toEqual([]);
    const [one, two] = [heartbeat('one'), heartbeat('two')];
    one.start();
    two.start();
    expect((await readHeartbeats(redis, prefix)).map((worker) => worker.id).sort()).toEqual(['one', 'two']);
    await one.stop();
    expect(await readHeartbeats(redis, prefix)).toEqual([sign('two')]);
    await two.stop();
    expect(await readHeartbeats(redis, prefix)).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('forgets by itself who died unheard, and sweeps it off the list', async () => {
    const dead = heartbeat('dead');
    dead.start();
    expect(await readHeartbeats(redis, prefix)).toHaveLength(1);
    expect(await redis.pttl(`{${prefix}workers}:dead`)).toBeGreaterThan(0);
    await redis.pexpire(`{${prefix}workers}:dead`, 0);
    expect(await readHeartbeats(redis, prefix)).toEqual([]);
    expect(await redis.smembers(`{${prefix}workers}`)).toEqual([]);
    await dead.stop();
  });
});
