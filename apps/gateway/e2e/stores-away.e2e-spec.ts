import { createDataSource, migrateUp } from '@higress/database';
import { startPostgresServer, startRedisServer, type StoreServer } from '@higress/testing';
import { Client } from 'pg';
import { type House, openHouse, PRICE } from './open-house';

/** A store that goes away takes only its own promise with it, and its return is noticed without a restart. */
describe('stores away', () => {
  let house: House;
  let redis: StoreServer;
  let postgres: StoreServer;

  beforeAll(async () => {
    [redis, postgres] = await Promise.all([startRedisServer(), startPostgresServer()]);
    const admin = new Client({ connectionString: postgres.url });
    await admin.connect();
    await admin.query('create database house');
    await admin.end();
    const databaseUrl = postgres.url.replace(/\/[^/]*$/, '/house');
    await migrateUp(createDataSource({ url: databaseUrl, name: 'migrate', poolSize: 1, statementTimeoutMs: 30_000 }));
    house = await openHouse({
      databaseUrl,
      redisUrl: redis.url,
      env: { RATE_LIMIT_DEGRADE_RPM: '1000' },
      file: ({ key }) => ({
        models: [{ name: 'fake', deployments: [{ provider: 'first', upstream_model: 'fake-model', price: PRICE }] }],
        tenants: [{ name: 'acme', billing: 'postpaid', limits: { unlimited: true } }, { name: 'paid', billing: 'prepaid', opening_credit_usd: '5', limits: { unlimited: true } }],
        keys: [{ tenant: 'acme', name: 'test', value: key, limits: { rpm: 5000, tpm: 50_000_000 } }, { tenant: 'paid', name: 'paid', value: `${key}-paid`, limits: { unlimited: true } }],
      }),
    });
  });
  afterAll(async () => {
    await house.close();
    await Promise.all([redis.stop(), postgres.stop()]);
  });

  const ask = (suffix = '') => house.post('/v1/chat/completions', { model: 'fake', messages: [{ role: 'user', content: 'Hi' }] }, { authorization: `Bearer ${house.key}${suffix}` });
  const timed = async (suffix = '') => {
    const from = performance.now();
    const answer = await ask(suffix);
    return { answer, ms: performance.now() - from };
  };
  const until = async (condition: () => Promise<boolean>, ms: number) => {
    const from = Date.now();
    while (!(await condition())) if (Date.now() - from > ms) throw new Error(`not within ${ms} ms`);
    return Date.now() - from;
  };

  it('serves on its own limiter without Redis, and comes back by itself within 2 s', async () => {
    expect((await ask()).headers.get('x-ratelimit-mode')).toBeNull();
    await redis.stop();
    for (let i = 0; i < 5; i++) {
      const { answer, ms } = await timed();
      expect(answer.status).toBe(200);
      expect(answer.headers.get('x-ratelimit-mode')).toBe('degraded');
      expect(ms).toBeLessThan(500);
    }
    expect((await (await fetch(`${house.gateway.url}/ready`)).json())).toMatchObject({ status: 'degraded' });
    expect((await fetch(`${house.gateway.url}/ready?strict=1`)).status).toBe(503);
    await redis.start();
    await until(async () => (await ask()).headers.get('x-ratelimit-mode') === null, 2500);
  });

  it('serves without Postgres whoever pays later, refuses prepaid calls with a time to wait, and charges all of it when it is back', async () => {
    expect((await ask('-paid')).status).toBe(200);
    await postgres.kill();
    const { answer: later } = await timed();
    expect(later.status).toBe(200);
    const { answer: refused, ms } = await timed('-paid');
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ error: { code: 'BILLING_UNAVAILABLE' } });
    expect(ms).toBeLessThan(3000);
    for (let i = 0; i < 10; i++) expect((await ask()).status).toBe(200);
    await postgres.start();
    await until(async () => (await ask('-paid')).status === 200, 5000);
    const client = new Client({ connectionString: house.env.DATABASE_URL });
    await client.connect();
    await until(async () => (await client.query(`select count(*)::int as n from usage_records u join tenants t on t.id = u.tenant_id where t.name = 'acme'`)).rows[0].n >= house.upstream.calls.length - 2, 10_000);
    await client.end();
  });
});
