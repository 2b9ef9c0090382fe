import { type House, openHouse, PRICE } from './open-house';

const QUEUE_MS = 250;

/** The process's own bound: a few run, some wait a little, the rest is told at once to come back, and pays nothing for it. */
describe('ten times the process’s own cap', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse({
      env: { GATEWAY_MAX_CONCURRENCY: '2', GATEWAY_QUEUE_TIMEOUT: String(QUEUE_MS / 1000) },
      file: ({ key }) => ({
        models: [{ name: 'fake', deployments: [{ provider: 'first', upstream_model: 'fake-model', price: PRICE }] }],
        tenants: [{ name: 'acme', billing: 'postpaid', limits: { unlimited: true } }, { name: 'poor', billing: 'prepaid', limits: { unlimited: true } }],
        keys: [
          { tenant: 'acme', name: 'many', value: key, limits: { rpm: 100, tpm: 1_000_000 } },
          { tenant: 'acme', name: 'one', value: `${key}-one`, limits: { rpm: 1, tpm: 1_000_000 } },
          { tenant: 'poor', name: 'poor', value: `${key}-poor`, limits: { rpm: 100, tpm: 1_000_000 } },
        ],
      }),
    });
  });
  afterAll(() => house.close());
  beforeEach(() => house.upstream.reset());

  const ask = async (suffix = '', more: object = {}) => {
    const from = performance.now();
    const answer = await house.post('/v1/chat/completions', { model: 'fake', messages: [{ role: 'user', content: 'Hi' }], ...more }, { authorization: `Bearer ${house.key}${suffix}` });
    return { answer, ms: performance.now() - from };
  };
  const remaining = async (suffix = '') => Number((await ask(suffix)).answer.headers.get('x-ratelimit-remaining-requests'));

  it('refuses with 503 and a time to wait, within the queue time, and gives the admission back', async () => {
    const before = await remaining();
    house.upstream.reset();
    house.upstream.always({ delayMs: 2000 });
    const asked = await Promise.all(Array.from({ length: 20 }, () => ask()));
    const refused = asked.filter(({ answer }) => answer.status === 503);
    expect(refused).toHaveLength(18);
    expect(house.upstream.calls).toHaveLength(2);
    for (const { answer, ms } of refused) {
      expect(ms).toBeGreaterThanOrEqual(QUEUE_MS - 10);
      // 100 ms beyond it is what is promised; this leaves room for a machine that does other things.
      expect(ms).toBeLessThan(QUEUE_MS + 1000);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(await answer.json()).toMatchObject({ error: { code: 'OVERLOADED', source: 'gateway' } });
    }
    house.upstream.always({});
    expect(await remaining()).toBe(before - 3);
  });

  it('tells a tenant that is over its own limit so at once, whoever waits', async () => {
    expect((await ask('-one')).answer.status).toBe(200);
    house.upstream.always({ delayMs: 1000 });
    const running = [ask(), ask()];
    await house.upstream.call(1);
    const waiting = ask();
    const { answer, ms } = await ask('-one');
    expect(answer.status).toBe(429);
    expect(ms).toBeLessThan(QUEUE_MS);
    const from = performance.now();
    expect((await fetch(`${house.gateway.url}/health`)).status).toBe(200);
    expect(performance.now() - from).toBeLessThan(QUEUE_MS);
    await Promise.all([...running, waiting]);
  });

  it('lets those in who waited less than the queue time', async () => {
    house.upstream.always({ delayMs: QUEUE_MS / 2 });
    const statuses = (await Promise.all(Array.from({ length: 4 }, () => ask()))).map(({ answer }) => answer.status);
    expect(statuses).toEqual([200, 200, 200, 200]);
  });

  it('gives the admission back where the balance does not cover the call', async () => {
    for (let i = 0; i < 3; i++) expect((await ask('-poor')).answer.status).toBe(402);
    await house.sql(`update accounts set posted_nano = 1000000000 where tenant_id = (select id from tenants where name = 'poor')`);
    expect(await remaining('-poor')).toBe(99);
  });

  it('bounds the answer of a prepaid caller who did not, with the bound that its hold covers, and leaves others’ alone', async () => {
    await ask('-poor');
    await ask('-poor', { max_tokens: 5 });
    await ask('-poor', { max_completion_tokens: 6 });
    await ask('-poor', { max_tokens: null, stream: true });
    await ask();
    expect(house.upstream.calls.map(({ body }) => body)).toEqual([
      expect.objectContaining({ max_tokens: 4096 }),
      expect.objectContaining({ max_tokens: 5 }),
      expect.not.objectContaining({ max_tokens: expect.anything() }),
      expect.objectContaining({ max_tokens: 4096 }),
      expect.not.objectContaining({ max_tokens: expect.anything() }),
    ]);
  });
});
