import { randomUUID } from 'node:crypto';
import { cleanup, queuePrefix, readHeartbeats, sealJob } from '@higress/queues';
import { openRedis, type RedisConnection } from '@higress/redis';
import { eventually, freshDatabase, redisUrl, startService, type FreshDatabase, type Service } from '@higress/testing';
import { Queue } from 'bullmq';
import { Client } from 'pg';

/** A worker counts as gone 15 s after its last word; looks for that come every 7.5 s, and the second one acts. */
const TAKEOVER_MS = 35_000;

describe('a worker that ends in the middle of a job', () => {
  const prefix = `wk_${randomUUID()}:`;
  let database: FreshDatabase;
  let redis: RedisConnection;
  let queue: Queue;
  let blocker: Client;

  const start = () => startService('worker', { DATABASE_URL: database.url, REDIS_URL: redisUrl(), CACHE_PREFIX: prefix });
  const state = async (id: string) => (await queue.getJob(id))?.getState();
  const addJob = async () => String((await queue.add(cleanup.name, sealJob(cleanup, {}), cleanup.options)).id);
  /** Keeps the clean-up from ending until `release`. */
  const hold = () => blocker.query('begin; lock table sessions in access exclusive mode');
  const release = () => blocker.query('rollback');
  const running = (id: string) => eventually('the job waits for the lock', async () => (await state(id)) === 'active' && (await waitingForLock()) > 0, 10_000);
  const waitingForLock = async () => (await blocker.query(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).rowCount ?? 0;

  beforeAll(async () => {
    database = await freshDatabase();
    redis = openRedis(redisUrl(), { role: 'queue', name: 'spec' });
    queue = new Queue('default', { connection: redis, prefix: queuePrefix(prefix) });
    blocker = new Client({ connectionString: database.url });
    await blocker.connect();
  });
  afterAll(async () => {
    await queue.obliterate({ force: true });
    await queue.close();
    redis.disconnect();
    await blocker.end();
    await database.drop();
  });

  it('lets it end after SIGTERM, not ready from then on, and exits with 0', async () => {
    const worker = await start();
    await hold();
    const id = await addJob();
    await running(id);
    const stopped = worker.stop(20_000);
    await eventually('not ready', async () => (await fetch(`${worker.url}/ready`)).status === 503);
    expect(await (await fetch(`${worker.url}/ready`)).json()).toMatchObject({ status: 'stopping', checks: { postgres: { status: 'up' } } });
    expect((await fetch(`${worker.url}/health`)).status).toBe(200);
    expect(await readHeartbeats(redis, prefix)).toEqual([]);
    await release();
    expect(await stopped).toEqual({ code: 0, signal: null });
    expect(await state(id)).toBe('completed');
  });

  it('leaves it, after kill -9, to another worker, which does it', async () => {
    const victim = await start();
    await hold();
    const id = await addJob();
    await running(id);
    await victim.kill();
    await release();
    const heir: Service = await start();
    await eventually('the job is done', async () => (await state(id)) === 'completed', TAKEOVER_MS);
    expect((await queue.getJob(id))?.stalledCounter).toBe(1);
    await heir.stop();
  }, TAKEOVER_MS + 20_000);
});
