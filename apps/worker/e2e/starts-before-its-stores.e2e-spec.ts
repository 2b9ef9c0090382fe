import { randomUUID } from 'node:crypto';
import { cleanup, queuePrefix, sealJob } from '@higress/queues';
import { openRedis, type RedisConnection } from '@higress/redis';
import { eventually, faultProxy, freshDatabase, redisUrl, startService, type FaultProxy, type FreshDatabase, type Service } from '@higress/testing';
import { Queue } from 'bullmq';

interface Ready {
  readonly status: number;
  readonly body: { readonly status: string; readonly checks: Record<string, { status: string; latency_ms: number; detail?: object }> };
}

describe('a worker whose stores come and go', () => {
  let database: FreshDatabase;
  let redis: FaultProxy;
  let postgres: FaultProxy;
  let worker: Service;
  let connection: RedisConnection;
  let queue: Queue;
  const prefix = `wk_${randomUUID()}:`;

  const ready = async (query = ''): Promise<Ready> => {
    const answer = await fetch(`${worker.url}/ready${query}`);
    return { status: answer.status, body: (await answer.json()) as Ready['body'] };
  };
  const until = (status: string) => eventually(`/ready says ${status}`, async () => ((await ready()).body.status === status ? true : undefined), 15_000);
  /** A job of the default queue is taken, and one that needs Postgres is done. */
  const works = async () => {
    const { id } = await queue.add(cleanup.name, sealJob(cleanup, {}), cleanup.options);
    await eventually('a job is done', async () => (await queue.getJob(String(id)))?.isCompleted(), 15_000);
  };
  const alive = async () => (await fetch(`${worker.url}/health`)).status;

  beforeAll(async () => {
    database = await freshDatabase();
    connection = openRedis(redisUrl(), { role: 'queue', name: 'spec' });
    queue = new Queue('default', { connection, prefix: queuePrefix(prefix) });
    [redis, postgres] = await Promise.all([faultProxy({ target: redisUrl() }), faultProxy({ target: database.url })]);
    await Promise.all([redis.shut(), postgres.shut()]);
    worker = await startService('worker', { DATABASE_URL: postgres.url, REDIS_URL: redis.url, CACHE_PREFIX: prefix }, { until: 'health' });
  });
  afterAll(async () => {
    await worker.kill();
    await queue.obliterate({ force: true });
    await queue.close();
    connection.disconnect();
    await Promise.all([redis.close(), postgres.close()]);
    await database.drop();
  });

  it('is alive and not ready before they are there, and serves when they have come', async () => {
    expect(await ready()).toMatchObject({ status: 503, body: { status: 'starting', checks: { postgres: { status: 'down' }, state_redis: { status: 'down' }, queues: { detail: { reason: 'waiting for the stores' } } } } });
    await redis.open();
    expect(await alive()).toBe(200);
    await postgres.open();
    await until('ok');
    expect((await ready()).status).toBe(200);
    await works();
  });

  it.each([
    ['Redis', 'state_redis', () => redis],
    ['Postgres', 'postgres', () => postgres],
  ])('says degraded without %s, stays alive, and is well again by itself', async (_name, check, store) => {
    await store().shut();
    await until('degraded');
    expect(await ready()).toMatchObject({ status: 200, body: { checks: { [check]: { status: 'down', latency_ms: expect.any(Number) } } } });
    expect((await ready('?strict=1')).status).toBe(503);
    expect(await alive()).toBe(200);
    await store().open();
    await until('ok');
    await works();
  });

  it('answers within two seconds while a store answers nothing', async () => {
    postgres.set({ blackHole: true });
    redis.set({ blackHole: true });
    const before = Date.now();
    expect((await ready()).body.status).toBe('degraded');
    expect(Date.now() - before).toBeLessThan(2000);
    postgres.set({});
    redis.set({});
    await until('ok');
    await works();
  });

  it('tells its metrics', async () => {
    const metrics = await (await fetch(`${worker.url}/metrics`)).text();
    expect(metrics).toMatch(/^gateway_queue_jobs\{queue="billing",state="waiting",project="AI Higress Gateway"\} \d+$/m);
    expect(metrics).toContain('process_cpu_seconds_total');
  });

  it('stops in order while Redis is away', async () => {
    await redis.shut();
    await until('degraded');
    expect(await worker.stop(10_000)).toEqual({ code: 0, signal: null });
  });
});
