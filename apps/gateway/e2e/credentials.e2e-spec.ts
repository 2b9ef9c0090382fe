import { type House, openHouse, PRICE } from './open-house';

/** A provider that says 429 rests the credential that it said it of, and nothing else; a caller that nobody can serve learns when to come back. */
describe('a provider that limits us', () => {
  let house: House;
  beforeAll(async () => {
    const names = ['one', 'unsaid', 'two', 'all', 'often'];
    house = await openHouse({
      file: ({ upstream }) => ({
        providers: names.map((name) => ({ name, dialect: 'openai', base_url: upstream.url, credentials: (name === 'two' || name === 'all' ? ['a', 'b'] : ['a']).map((credential) => ({ value: `${name}-${credential}` })) })),
        models: names.map((name) => ({ name, deployments: [{ provider: name, upstream_model: name, price: PRICE }] })),
      }),
    });
  });
  afterAll(() => house.close());
  beforeEach(() => house.upstream.reset());
  const ask = (model: string, stream = false) => house.post('/v1/chat/completions', { model, stream, messages: [{ role: 'user', content: 'Hi' }] });
  const used = () => house.upstream.calls.map(({ headers }) => headers.authorization?.slice('Bearer '.length));

  it('has its words passed on, and is left alone for as long as it asked', async () => {
    house.upstream.next({ status: 429, headers: { 'retry-after': '7' } });
    const first = await ask('one');
    expect(first.status).toBe(429);
    expect(first.headers.get('retry-after')).toBe('7');
    expect(await first.json()).toMatchObject({ error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', gateway_code: 'UPSTREAM_RATE_LIMITED', source: 'upstream' } });
    for (const stream of [false, true]) {
      const again = await ask('one', stream);
      expect(again.status).toBe(429);
      expect(Number(again.headers.get('retry-after'))).toBeGreaterThanOrEqual(5);
    }
    expect(house.upstream.calls).toHaveLength(1);
  });

  it('gets a time to wait told for it where it told none', async () => {
    house.upstream.next({ status: 429 });
    const answer = await ask('unsaid');
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('5');
  });

  it('serves the same call with its other credential, and the next ones', async () => {
    house.upstream.next({ status: 429, headers: { 'retry-after': '60' } });
    expect((await ask('two')).status).toBe(200);
    const [limited, other] = used();
    expect([limited, other].sort()).toEqual(['two-a', 'two-b']);
    for (let i = 0; i < 5; i++) expect((await ask('two', i % 2 === 1)).status).toBe(200);
    expect(used().slice(2)).toEqual(Array(5).fill(other));
  });

  it('is asked with each credential once when all of them are limited, and tells the shortest wait', async () => {
    house.upstream.next({ status: 429, headers: { 'retry-after': '60' } }, { status: 429, headers: { 'retry-after': '20' } });
    expect((await ask('all')).status).toBe(429);
    expect(used().sort()).toEqual(['all-a', 'all-b']);
    const after = await ask('all');
    expect(after.status).toBe(429);
    expect(Number(after.headers.get('retry-after'))).toBeGreaterThan(15);
    expect(Number(after.headers.get('retry-after'))).toBeLessThanOrEqual(20);
    expect(house.upstream.calls).toHaveLength(2);
  });

  it('is not ill by it: no number of them opens the circuit', async () => {
    house.upstream.always({ status: 429, headers: { 'retry-after-ms': '1' } });
    for (let i = 0; i < 8; i++) expect((await ask('often')).status).toBe(429);
    house.upstream.always({});
    expect((await ask('often')).status).toBe(200);
  });
});
