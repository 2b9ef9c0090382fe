import { lastScheduledHeartbeat, QUEUES, queuePrefix, readHeartbeats } from '@higress/queues';
import { openRedis, type RedisConnection } from '@higress/redis';
import { eventually, freshDatabase, startRedisServer, startService, type FreshDatabase, type Service, type StoreServer } from '@higress/testing';
import { Queue } from 'bullmq';

const PREFIX = 'wk_schedule:';
const TASKS = ['budget-reset', 'cleanup', 'heartbeat', 'orphan-reap', 'reconcile', 'usage-rollup-daily', 'usage-rollup-hourly'];
/** A scheduler looks every ten seconds. */
const LOOK_MS = 15_000;

describe('two schedulers', () => {
  let server: StoreServer;
  let database: FreshDatabase;
  let redis: RedisConnection;
  let queues: Queue[];
  let env: Record<string, string>;
  const services: Service[] = [];

  const start = async (app: 'scheduler' | 'worker') => {
    const service = await startService(app, env);
    services.push(service);
    return service;
  };
  const scheduled = async () => (await Promise.all(queues.map((queue) => queue.getJobSchedulers(0, -1)))).flat().map((task) => task.key).sort();
  const jobs = async (name: string) => (await Promise.all(queues.map((queue) => queue.getJobs(['completed', 'delayed', 'waiting', 'active', 'failed'])))).flat().filter((job) => job.name === name);

  beforeAll(async () => {
    [server, database] = await Promise.all([startRedisServer(), freshDatabase()]);
    env = { REDIS_URL: server.url, DATABASE_URL: database.url, CACHE_PREFIX: PREFIX };
    redis = openRedis(server.url, { role: 'queue', name: 'spec' });
    queues = QUEUES.map((name) => new Queue(name, { connection: redis, prefix: queuePrefix(PREFIX) }));
    await Promise.all([start('scheduler'), start('scheduler'), start('worker')]);
  });
  afterAll(async () => {
    await Promise.all(services.map((service) => service.kill()));
    await Promise.all(queues.map((queue) => queue.close()));
    redis.disconnect();
    await server.stop();
    await database.drop();
  });

  it('have one tick of each task done once and one ahead', async () => {
    expect(await scheduled()).toEqual(TASKS);
    for (const name of ['heartbeat', 'orphan-reap', 'reconcile']) {
      const states = await eventually(`the first ${name}`, async () => {
        const found = await Promise.all((await jobs(name)).map((job) => job.getState()));
        return found.includes('completed') && found.length === 2 ? found : undefined;
      });
      expect(states.sort()).toEqual(['completed', 'delayed']);
    }
    expect(Date.now() - ((await lastScheduledHeartbeat(redis, PREFIX))?.getTime() ?? 0)).toBeLessThan(60_000);
    expect((await readHeartbeats(redis, PREFIX)).map((worker) => worker.queues)).toEqual([[...QUEUES]]);
  });

  it('leave everything in place when one is killed, and put it back when Redis has lost it', async () => {
    await services[0]?.kill();
    await redis.flushall();
    await eventually('the schedule is back', async () => (await scheduled()).length === TASKS.length, LOOK_MS);
    await eventually('a new heartbeat is done', async () => (await Promise.all((await jobs('heartbeat')).map((job) => job.getState()))).includes('completed'));
    expect(await scheduled()).toEqual(TASKS);
  }, LOOK_MS + 10_000);

  it('end in order', async () => {
    expect(await services[1]?.stop(5000)).toEqual({ code: 0, signal: null });
  });
});
