import { freshDatabase, startRedisServer, startService, type FreshDatabase, type StoreServer } from '@higress/testing';

describe('a state Redis that would lose jobs', () => {
  let database: FreshDatabase;
  let redis: StoreServer;

  beforeAll(async () => {
    [database, redis] = await Promise.all([freshDatabase(), startRedisServer({ settings: { 'maxmemory-policy': 'allkeys-lru' } })]);
  });
  afterAll(async () => {
    await redis.stop();
    await database.drop();
  });

  it.each(['worker', 'scheduler', 'board'] as const)('stops a %s at its start, with what to change, where a safe one is required', async (app) => {
    const service = await startService(app, { DATABASE_URL: database.url, REDIS_URL: redis.url, REQUIRE_SAFE_REDIS: 'true' }, { until: 'none' });
    expect(await service.exited).toEqual({ code: 1, signal: null });
    expect(service.log()).toContain('maxmemory-policy is allkeys-lru');
    expect(service.log()).toContain('appendonly is off');
  });

  it('is only warned of otherwise', async () => {
    const service = await startService('worker', { DATABASE_URL: database.url, REDIS_URL: redis.url });
    await service.stop();
    expect(service.log()).toContain('maxmemory-policy is allkeys-lru');
  });

  it('comes with settings, each fault of which is named at once', async () => {
    const service = await startService('worker', { DATABASE_URL: 'mysql://x', REDIS_URL: redis.url, WORKER_QUEUES: 'defualt' }, { until: 'none' });
    expect(await service.exited).toEqual({ code: 1, signal: null });
    expect(service.log()).toMatch(/DATABASE_URL: .*\n.*WORKER_QUEUES: /);
  });
});
