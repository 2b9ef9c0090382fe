import { type Play } from '@higress/testing';
import { type House, openHouse, PRICE } from './open-house';

const RESET_SECONDS = 1;

/** Two deployments, the first of them ill: the client sees one good answer, and the breaker learns. */
describe('failover', () => {
  let house: House;

  beforeAll(async () => {
    house = await openHouse({
      env: { CIRCUIT_BREAKER_RESET_SECONDS: String(RESET_SECONDS) },
      file: ({ upstream, spare }) => ({
        providers: [
          { name: 'first', dialect: 'openai', base_url: upstream.url, timeouts: { connect_ms: 500, first_token_ms: 300, idle_ms: 300, total_ms: 5000 } },
          { name: 'second', dialect: 'openai', base_url: spare.url },
          { name: 'dead', dialect: 'openai', base_url: 'http://127.0.0.1:9/v1' },
        ],
        models: [
          ...['status', 'timeout', 'garbage', 'reset', 'empty', 'redirect', 'limited', 'breaker'].map((name) => ({
            name,
            deployments: [
              { provider: 'first', upstream_model: `first-${name}`, priority: 1, price: PRICE },
              { provider: 'second', upstream_model: `second-${name}`, priority: 2, price: PRICE },
            ],
          })),
          { name: 'refused', deployments: [{ provider: 'dead', upstream_model: 'x', priority: 1, price: PRICE }, { provider: 'second', upstream_model: 'y', priority: 2, price: PRICE }] },
          { name: 'well', deployments: [{ provider: 'second', upstream_model: 'well', price: PRICE }] },
          { name: 'alone', deployments: [{ provider: 'first', upstream_model: 'alone', price: PRICE }] },
        ],
      }),
    });
  });
  afterAll(() => house.close());
  beforeEach(async () => {
    house.upstream.reset();
    // Retries are a share of all calls: these make room for the next case's.
    await Promise.all(Array.from({ length: 50 }, () => ask('well')));
    house.spare.reset();
  });
  const ask = (model: string, stream = false) => house.post('/v1/chat/completions', { model, stream, messages: [{ role: 'user', content: 'Hi' }] });

  it.each<[string, Play | null]>([
    ['refused', null],
    ['status', { status: 500 }],
    ['timeout', { hangs: true }],
    ['garbage', { body: '<html>hello</html>', headers: { 'content-type': 'text/html' } }],
    ['reset', { resets: true }],
    ['empty', { status: 204, body: '' }],
    ['redirect', { status: 302, headers: { location: 'http://169.254.169.254/' } }],
    ['limited', { status: 429, headers: { 'retry-after': '1' } }],
  ])('answers from the second deployment when the first one fails with %s, whole and streamed', async (model, play) => {
    for (const stream of [false, true]) {
      if (play) house.upstream.next(play);
      const answer = await ask(model, stream);
      expect({ status: answer.status, text: await answer.text() }).toEqual({ status: 200, text: expect.stringContaining('Hello') });
      expect(house.spare.calls.at(-1)?.body).toMatchObject({ model: model === 'refused' ? 'y' : `second-${model}` });
    }
    const rows = await house.eventually<{ provider: string; attempts: number; status: number }>(`select provider, attempts, status from usage_records where model = '${model}'`, (found) => found.length === 2);
    expect(rows.map(({ provider, status }) => [provider, status])).toEqual([['second', 200], ['second', 200]]);
  });

  it('opens after five failures, leaves the ill one alone, and comes back after the reset time', async () => {
    house.upstream.always({ status: 500 });
    for (let i = 0; i < 5; i++) expect((await ask('breaker')).status).toBe(200);
    expect(house.upstream.calls).toHaveLength(5);
    expect((await ask('breaker')).status).toBe(200);
    expect(house.upstream.calls).toHaveLength(5);
    house.upstream.always({});
    const deadline = Date.now() + RESET_SECONDS * 1000 + 5000;
    while (house.upstream.calls.length === 5 && Date.now() < deadline) await ask('breaker');
    expect(house.upstream.calls.length).toBeGreaterThan(5);
  });

  it('answers 502 five times and then 503 at once when there is nothing else to try', async () => {
    house.upstream.always({ status: 500 });
    for (let i = 0; i < 5; i++) expect((await ask('alone')).status).toBe(502);
    const before = performance.now();
    const answer = await ask('alone');
    expect(performance.now() - before).toBeLessThan(250);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await answer.json()).toMatchObject({ error: { code: 'CIRCUIT_OPEN', source: 'gateway' } });
    expect(house.upstream.calls).toHaveLength(5);
  });
});
