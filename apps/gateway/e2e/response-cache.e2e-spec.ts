import { randomUUID } from 'node:crypto';
import { faultProxy, redisUrl, startGateway } from '@higress/testing';
import { type House, openHouse, PRICE } from './open-house';

const CHAT = '/v1/chat/completions';

interface UsageRow {
  readonly provider: string;
  readonly cost_nano: string;
  readonly charged_nano: string;
  readonly attempts: number;
  readonly status: number;
}

/** The same question of the same tenant is answered once, where it asks for that. */
describe('the response cache', () => {
  let house: House;
  const other = `sk-other-${randomUUID()}`;
  const cached = `sk-cached-${randomUUID()}`;
  beforeAll(async () => {
    house = await openHouse({
      gateways: 2,
      file: ({ key, upstream }) => ({
        providers: [{ name: 'first', dialect: 'openai', base_url: upstream.url, timeouts: { total_ms: 30000 } }],
        models: ['fake', 'fake-too'].map((name) => ({ name, deployments: [{ provider: 'first', upstream_model: 'fake-model', price: PRICE }] })),
        tenants: ['acme', 'globex'].map((name) => ({ name, billing: 'prepaid', opening_credit_usd: '10', limits: { unlimited: true } })),
        keys: [{ tenant: 'acme', name: 'test', value: key, limits: { unlimited: true } }, { tenant: 'globex', name: 'test', value: other, limits: { unlimited: true } }, { tenant: 'globex', name: 'cached', value: cached, cache: 'on', limits: { unlimited: true } }],
      }),
    });
  });
  afterAll(() => house.close());
  beforeEach(() => house.upstream.reset());

  const question = (more: object = {}) => ({ model: 'fake', temperature: 0, messages: [{ role: 'user', content: randomUUID() }], ...more });
  const ask = (body: object, headers: Record<string, string> = {}, pod = 0, path = CHAT) => house.post(path, body, { 'x-cache': 'on', ...headers }, house.gateways[pod]);
  const told = async (answer: Response) => ({ status: answer.status, cache: answer.headers.get('x-cache'), text: await answer.text() });

  it.each([
    ['a whole answer', {}],
    ['a stream', { stream: true }],
    ['a stream with its usage', { stream: true, stream_options: { include_usage: true } }],
  ])('gives %s again as it was, on another pod, and charges nothing for it', async (_, more) => {
    const body = question(more);
    const first = await told(await ask(body));
    expect(first).toMatchObject({ status: 200, cache: 'MISS' });
    const answer = await ask(body, {}, 1);
    const id = answer.headers.get('x-request-id') as string;
    expect(await told(answer)).toEqual({ ...first, cache: 'HIT' });
    expect(house.upstream.calls).toHaveLength(1);
    const [row] = await house.eventually<UsageRow>(`select provider, cost_nano, charged_nano, attempts, status from usage_records where id = '${id}'`, (rows) => rows.length === 1);
    expect(row).toEqual({ provider: 'cache', cost_nano: '0', charged_nano: '0', attempts: 0, status: 200 });
    expect(await house.sql('select 1 from ledger_entries where request_id = $1', [id])).toEqual([]);
  });

  it('keeps embeddings, and a question that names no temperature', async () => {
    const input = { model: 'fake', input: randomUUID() };
    await told(await ask(input, {}, 0, '/v1/embeddings'));
    expect(await told(await ask(input, {}, 0, '/v1/embeddings'))).toMatchObject({ cache: 'HIT' });
    const body = question({ temperature: undefined });
    await told(await ask(body));
    expect(await told(await ask(body))).toMatchObject({ cache: 'HIT' });
  });

  it('makes one call of a hundred who ask the same at once on two pods', async () => {
    house.upstream.always({ delayMs: 300 });
    const body = question();
    const answers = await Promise.all((await Promise.all(Array.from({ length: 100 }, (_, i) => ask(body, {}, i % 2)))).map(told));
    expect(house.upstream.calls).toHaveLength(1);
    expect(answers.filter(({ cache }) => cache === 'MISS')).toHaveLength(1);
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  });

  it('never gives one tenant the answer of another, at the same moment or later', async () => {
    house.upstream.always((call) => ({ text: `${house.upstream.calls.indexOf(call)}`, delayMs: 100 }));
    const body = question();
    const both = await Promise.all([ask(body), ask(body, { authorization: `Bearer ${other}` }, 1)]);
    expect((await Promise.all(both.map(told))).map(({ cache }) => cache)).toEqual(['MISS', 'MISS']);
    expect(house.upstream.calls).toHaveLength(2);
    const [mine, theirs] = await Promise.all([ask(body), ask(body, { authorization: `Bearer ${other}` })].map(async (answer) => told(await answer)));
    expect([mine?.cache, theirs?.cache]).toEqual(['HIT', 'HIT']);
    expect(mine?.text).not.toBe(theirs?.text);
  });

  it('is asked for: without the header, with it off, and for an answer that is left to chance, every call is made', async () => {
    const body = question();
    await told(await ask(body));
    expect((await told(await house.post(CHAT, body))).cache).toBeNull();
    expect((await told(await ask(body, { 'x-cache': 'off' }))).cache).toBeNull();
    const chance = question({ temperature: 0.7 });
    for (let i = 0; i < 2; i++) expect((await told(await ask(chance))).cache).toBe('MISS');
    expect(house.upstream.calls).toHaveLength(5);
  });

  it('is asked for by a key, without a header, and not where its call asks for none', async () => {
    const body = question();
    const call = (headers: Record<string, string> = {}) => house.post(CHAT, body, { authorization: `Bearer ${cached}`, ...headers });
    expect((await told(await call())).cache).toBe('MISS');
    expect((await told(await call())).cache).toBe('HIT');
    expect((await told(await call({ 'x-cache': 'off' }))).cache).toBeNull();
    expect(house.upstream.calls).toHaveLength(2);
  });

  it('tells apart models, bodies and streams', async () => {
    const body = question();
    await told(await ask(body));
    for (const another of [{ ...body, model: 'fake-too' }, { ...body, seed: 1 }, { ...body, stream: true }]) expect((await told(await ask(another))).cache).toBe('MISS');
  });

  it('keeps an answer for as long as it is asked to, else for CACHE_DEFAULT_TTL', async () => {
    const body = question();
    await told(await ask(body, { 'x-cache-ttl': '1' }));
    const end = Date.now() + 10_000;
    while ((await told(await ask(body, { 'x-cache-ttl': '1' }))).cache === 'HIT') expect(Date.now()).toBeLessThan(end);
    expect(house.upstream.calls).toHaveLength(2);
  });

  it.each([
    [{ 'x-cache': 'yes' }],
    [{ 'x-cache-ttl': '0' }],
    [{ 'x-cache-ttl': '1.5' }],
    [{ 'x-cache-ttl': '86401' }],
  ] as [Record<string, string>][])('refuses %j', async (headers) => {
    expect((await ask(question(), headers)).status).toBe(400);
    expect(house.upstream.calls).toHaveLength(0);
  });

  it('keeps nothing that failed or broke, and lets the next one try', async () => {
    const body = question();
    house.upstream.next({ status: 500 });
    expect((await told(await ask(body))).status).toBe(502);
    const stream = { ...body, stream: true };
    house.upstream.next({ text: ['one ', 'two ', 'three '], resetsAfterBytes: 700 });
    expect((await told(await ask(stream))).text).not.toContain('[DONE]');
    for (const again of [body, stream]) expect(await told(await ask(again))).toMatchObject({ status: 200, cache: 'MISS' });
  });

  it('is an answer for an idempotency key as well', async () => {
    const body = question();
    const key = randomUUID();
    const first = await told(await ask(body));
    expect(await told(await ask(body, { 'idempotency-key': key }))).toEqual({ ...first, cache: 'HIT' });
    const again = await ask(body, { 'idempotency-key': key });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await told(again)).text).toBe(first.text);
    expect(house.upstream.calls).toHaveLength(1);
  });

  it('that is away is a miss, and never an error', async () => {
    const proxy = await faultProxy({ target: redisUrl() });
    const gateway = await startGateway({ ...house.env, CACHE_REDIS_URL: proxy.url });
    try {
      const body = question();
      const answer = () => house.post(CHAT, body, { 'x-cache': 'on' }, gateway);
      await told(await answer());
      expect((await told(await answer())).cache).toBe('HIT');
      proxy.set({ blackHole: true });
      expect(await told(await answer())).toMatchObject({ status: 200, cache: 'MISS' });
      await proxy.shut();
      expect(await told(await answer())).toMatchObject({ status: 200, cache: 'MISS' });
    } finally {
      await gateway.kill();
      await proxy.close();
    }
  });
});
