import { type House, openHouse, PRICE } from './open-house';

interface Row {
  channel: string;
  key_id: string | null;
  status: number;
  attempts: number;
  cost: string;
  output_tokens: number;
}

/** People by access token: the same endpoints, told how their answer came to be, and charged nothing. */
describe('the internal channel', () => {
  let house: House;
  let token: string;
  beforeAll(async () => {
    house = await openHouse({
      file: ({ upstream, spare }) => ({
        providers: [
          { name: 'first', dialect: 'openai', base_url: upstream.url },
          { name: 'second', dialect: 'openai', base_url: spare.url },
        ],
        models: [
          {
            name: 'fake',
            deployments: [
              { provider: 'first', upstream_model: 'first-model', priority: 1, price: PRICE },
              { provider: 'second', upstream_model: 'second-model', priority: 2, price: PRICE },
            ],
          },
          { name: 'unpriced', deployments: [{ provider: 'first', upstream_model: 'first-model' }] },
        ],
      }),
    });
    const login = await house.post('/api/v1/auth/login', { email: 'owner@example.test', password: 'owner-password-for-tests' });
    expect(login.status).toBe(200);
    token = ((await login.json()) as { access_token: string }).access_token;
  });
  afterAll(() => house.close());
  beforeEach(() => {
    house.upstream.reset();
    house.spare.reset();
  });

  const ask = (more: object = {}, path = '/internal/v1/chat/completions') => house.post(path, { model: 'fake', messages: [{ role: 'user', content: 'Hi' }], ...more }, { authorization: `Bearer ${token}` });
  const rowOf = async (answer: Response) => {
    const rows = await house.eventually<Row>(`select channel, key_id, status, attempts, cost_nano::text as cost, output_tokens::int from usage_records where id = '${answer.headers.get('x-request-id')}'`, (found) => found.length === 1);
    return rows[0] as Row;
  };
  const block = {
    request_id: expect.any(String),
    candidates: [
      { deployment: expect.any(String), provider: 'first', upstream_model: 'first-model', priority: 1, weight: expect.any(Number) },
      { deployment: expect.any(String), provider: 'second', upstream_model: 'second-model', priority: 2, weight: expect.any(Number) },
    ],
    attempts: [
      { deployment: expect.any(String), provider: 'first', upstream_model: 'first-model', outcome: 'UPSTREAM_ERROR', duration_ms: expect.any(Number) },
      { deployment: expect.any(String), provider: 'second', upstream_model: 'second-model', outcome: 'ok', duration_ms: expect.any(Number) },
    ],
    timings: { ttft_ms: expect.any(Number), duration_ms: expect.any(Number), overhead_ms: expect.any(Number) },
  };

  it('tells of candidates, attempts and timings in a whole answer, with the provider’s own headers that it may show', async () => {
    house.upstream.next({ status: 500 });
    house.spare.next({ headers: { 'openai-processing-ms': '12', 'openai-version': 'caf\u00e9', 'set-cookie': 'a=b' } });
    const answer = await ask();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('openai-processing-ms')).toBe('12');
    expect(answer.headers.get('openai-version')).toBeNull();
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(await answer.json()).toMatchObject({ choices: [{ message: { content: 'Hello there.' } }], gateway: block });
    expect(await rowOf(answer)).toMatchObject({ channel: 'internal', key_id: null, status: 200, attempts: 2, output_tokens: 7, cost: '25000' });
  });

  it('tells it in the last chunk of a stream, which clients of OpenAI’s dialect read past', async () => {
    house.upstream.next({ status: 500 });
    const answer = await ask({ stream: true });
    const events = (await answer.text()).trim().split('\n\n').map((event) => event.slice('data: '.length));
    expect(events.at(-1)).toBe('[DONE]');
    expect(JSON.parse(events.at(-2) as string)).toMatchObject({ object: 'chat.completion.chunk', choices: [], gateway: block });
    expect(await rowOf(answer)).toMatchObject({ channel: 'internal', status: 200, attempts: 2, cost: '25000' });
  });

  it('charges nobody, and serves a model that has no price', async () => {
    const free = await ask({ model: 'unpriced' });
    expect(free.status).toBe(200);
    expect(await rowOf(free)).toMatchObject({ cost: '0', output_tokens: 7 });
    expect(await house.sql(`select 1 from ledger_entries where kind = 'usage'`)).toEqual([]);
    expect(await house.eventually('select 1 from holds', (rows) => rows.length === 0)).toEqual([]);
    expect(await house.sql('select 1 from accounts where posted_nano <> 0 or held_nano <> 0')).toEqual([]);
  });

  it('gives embeddings and models as the external one does', async () => {
    const answer = await house.post('/internal/v1/embeddings', { model: 'fake', input: 'Hi' }, { authorization: `Bearer ${token}` });
    expect(await answer.json()).toMatchObject({ object: 'list', data: [{ index: 0 }], gateway: { attempts: [{ outcome: 'ok' }] } });
    const models = await fetch(`${house.gateway.url}/internal/v1/models`, { headers: { authorization: `Bearer ${token}` } });
    expect(await models.json()).toMatchObject({ object: 'list', data: [{ id: 'fake' }, { id: 'unpriced' }] });
  });

  it('takes no API key, as the external channel takes no token', async () => {
    const byKey = await house.post('/internal/v1/chat/completions', { model: 'fake', messages: [{ role: 'user' }] });
    expect(byKey.status).toBe(401);
    expect(await byKey.json()).toMatchObject({ error: { code: 'INVALID_TOKEN', type: 'authentication_error' } });
    expect((await ask({}, '/v1/chat/completions')).status).toBe(401);
    expect(house.upstream.calls).toHaveLength(0);
  });

  it('tells the whole error of a call that nobody could serve', async () => {
    house.upstream.next({ status: 500 });
    house.spare.next({ status: 503, headers: { 'retry-after': '3' } });
    const answer = await ask();
    expect(answer.status).toBe(502);
    expect(answer.headers.get('retry-after')).toBe('3');
    expect(await rowOf(answer)).toMatchObject({ channel: 'internal', status: 502, attempts: 2, cost: '0' });
  });
});
