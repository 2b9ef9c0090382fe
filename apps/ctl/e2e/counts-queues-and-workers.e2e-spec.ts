import { randomBytes } from 'node:crypto';
import { heartbeat, JobProducer, WorkerHeartbeat, type QueueName } from '@higress/queues';
import { openRedis, type RedisConnection } from '@higress/redis';
import { eventually, redisUrl, runCtl } from '@higress/testing';

describe('ctl queues stats and workers ping', () => {
  const prefix = `ctl-${randomBytes(4).toString('hex')}:`;
  const onError = (error: Error) => {
    throw error;
  };
  let redis: RedisConnection;
  let producer: JobProducer;
  const beating: WorkerHeartbeat[] = [];

  beforeAll(() => {
    redis = openRedis(redisUrl(), { role: 'queue', name: 'spec' });
    producer = new JobProducer({ redis, prefix, onError });
  });
  afterAll(async () => {
    await Promise.all(beating.map((worker) => worker.stop()));
    await producer.close();
    const keys = await redis.keys(`*${prefix}*`);
    if (keys.length > 0) await redis.del(...keys);
    await redis.quit();
  });

  const ctl = (...args: string[]) => runCtl(args, { DATABASE_URL: 'postgresql://not-needed/d', REDIS_URL: 'redis://127.0.0.1:1/0', QUEUE_REDIS_URL: redisUrl(), CACHE_PREFIX: prefix });
  const aWorker = (id: string, queues: QueueName[]) => {
    const worker = new WorkerHeartbeat({ redis, prefix, onError, sign: { id, host: 'pod-a', pid: 7, queues, concurrency: 4, startedAt: '2026-01-06T00:00:00.000Z' } });
    beating.push(worker);
    worker.start();
    return eventually(`the sign of ${id}`, async () => (await redis.keys(`*${prefix}*:${id}`)).length);
  };

  it('counts jobs that wait and workers that take them, from the Redis of the queues', async () => {
    await producer.enqueue(heartbeat, {});
    await producer.enqueue(heartbeat, {});
    await producer.enqueue(heartbeat, {}, 60_000);
    await aWorker('w1', ['default', 'billing']);
    const { code, output } = await ctl('queues', 'stats');
    expect(code).toBe(0);
    expect(output.split('\n').map((line) => line.trim().split(/ +/))).toEqual([
      ['QUEUE', 'WAITING', 'ACTIVE', 'DELAYED', 'FAILED', 'WORKERS'],
      ['default', '2', '0', '1', '0', '1'],
      ['internal', '0', '0', '0', '0', '0'],
      ['external', '0', '0', '0', '0', '0'],
      ['billing', '0', '0', '0', '0', '1'],
      ['retry', '0', '0', '0', '0', '0'],
      [''],
    ]);
  });

  it('fails a ping while a queue has no worker, and not once it has', async () => {
    expect(await ctl('workers', 'ping')).toMatchObject({ code: 1, output: expect.stringContaining('no worker takes jobs from: internal, external, retry\n') });
    await aWorker('w2', ['internal', 'external', 'retry']);
    const { code, output } = await ctl('workers', 'ping');
    expect(code).toBe(0);
    expect(output).toMatch(/^w1 +pod-a +7 +default,billing +4 +2026-01-06T00:00:00.000Z$/m);
    expect(output).toMatch(/^w2 /m);
  });
});
