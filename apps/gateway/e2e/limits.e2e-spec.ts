import { eventually, type Service } from '@higress/testing';
import { type House, openHouse, PRICE } from './open-house';

/** Three gateways on one Redis: what a limit promises holds across all of them. */
describe('limits on three gateways', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse({
      gateways: 3,
      file: ({ key }) => ({
        models: [{ name: 'fake', deployments: [{ provider: 'first', upstream_model: 'fake-model', price: PRICE }] }],
        tenants: [{ name: 'acme', billing: 'postpaid', limits: { unlimited: true } }, { name: 'second', billing: 'postpaid', limits: { rpm: 4, tpm: 1_000_000 } }],
        keys: [
          ...['', '-once-more', '-a-last-time'].map((suffix) => ({ tenant: 'acme', name: `hundred${suffix}`, value: `${key}${suffix}`, limits: { rpm: 100, tpm: 10_000_000 } })),
          { tenant: 'acme', name: 'ten', value: `${key}-ten`, limits: { rpm: 100_000, tpm: 100_000_000, concurrent: 10 } },
          { tenant: 'acme', name: 'tokens', value: `${key}-tokens`, limits: { rpm: 1000, tpm: 600 } },
          { tenant: 'second', name: 'a', value: `${key}-a`, limits: { rpm: 3, tpm: 1_000_000 } },
          { tenant: 'second', name: 'b', value: `${key}-b`, limits: { rpm: 3, tpm: 1_000_000 } },
        ],
      }),
    });
  });
  afterAll(() => house.close());
  beforeEach(() => house.upstream.reset());

  let turn = 0;
  const ask = (suffix = '', more: object = {}) =>
    house.post('/v1/chat/completions', { model: 'fake', messages: [{ role: 'user', content: 'Hi' }], ...more }, { authorization: `Bearer ${house.key}${suffix}` }, house.gateways[turn++ % 3]);

  /** Runs `work` from the start of a minute's quiet part, so that it does not straddle the turn. */
  const withinOneMinute = async () => {
    const left = 60_000 - (Date.now() % 60_000);
    if (left < 15_000) await new Promise((resolve) => setTimeout(resolve, left + 50));
  };

  /** 260 calls of 64 clients on three gateways with a key that nobody has used. */
  const rush = async (suffix: string): Promise<Response[]> => {
    await withinOneMinute();
    house.upstream.reset();
    const answers: Response[] = [];
    let asked = 0;
    const client = async () => {
      while (asked++ < 260) answers.push(await ask(suffix));
    };
    await Promise.all(Array.from({ length: 64 }, client));
    return answers;
  };
  const wasDegraded = ({ headers }: Response) => headers.get('x-ratelimit-mode') === 'degraded';

  it('lets exactly 100 of a key of 100 RPM through under 64 clients, and tells the others when to come back', async () => {
    let answers = await rush('');
    // Where the machine was so busy that Redis seemed away, each gateway counted for itself: another spec's matter.
    for (const suffix of ['-once-more', '-a-last-time']) if (answers.some(wasDegraded)) answers = await rush(suffix);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(100);
    expect(house.upstream.calls).toHaveLength(100);
    const refused = answers.find(({ status }) => status === 429) as Response;
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('x-ratelimit-limit')).toBe('100');
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(await refused.json()).toMatchObject({ error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', gateway_code: 'RATE_LIMIT_RPM' } });
  });

  it('takes nothing for a refused request at any scope', async () => {
    await withinOneMinute();
    const statuses = async (suffix: string, times: number) => Promise.all(Array.from({ length: times }, async () => (await ask(suffix)).status));
    // Key a takes its 3 of the tenant's 4; its refusals leave the fourth to key b.
    expect((await statuses('-a', 8)).filter((status) => status === 200)).toHaveLength(3);
    expect((await statuses('-b', 3)).filter((status) => status === 200)).toHaveLength(1);
  });

  it('never passes a concurrency cap of 10', async () => {
    let running = 0;
    let most = 0;
    house.upstream.always((call) => {
      most = Math.max(most, ++running);
      void call.ended.then(() => running--);
      return { delayMs: 30 };
    });
    const statuses = (await Promise.all(Array.from({ length: 60 }, () => ask('-ten')))).map(({ status }) => status);
    expect(most).toBeLessThanOrEqual(10);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(10);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
  });

  it('reserves tokens from the request’s own bound and gives back what was not used', async () => {
    await withinOneMinute();
    expect((await ask('-tokens', { max_tokens: 5000 })).status).toBe(429);
    expect((await ask('-tokens', { max_tokens: 500 })).status).toBe(200);
    // The next one may reach another gateway before Redis has heard of the first one's end.
    await eventually('what was not used is given back', async () => (await ask('-tokens', { max_tokens: 500 })).status === 200);
  });

  it('tells OpenAI’s headers and its own on every answer', async () => {
    await withinOneMinute();
    const { headers } = await ask('-ten');
    expect(headers.get('x-ratelimit-limit-requests')).toBe('100000');
    expect(Number(headers.get('x-ratelimit-remaining-requests'))).toBeLessThan(100_000);
    expect(headers.get('x-ratelimit-reset-requests')).toMatch(/^(\d+h)?(\d+m)?([\d.]+m?s)?$/);
    expect(headers.get('x-ratelimit-limit-tokens')).toBe('100000000');
    expect(headers.get('x-ratelimit-limit')).toBe('100000');
  });

  it('frees the leases of a gateway that was killed', async () => {
    const doomed = house.gateways[2] as Service;
    house.upstream.always({ hangsAfterChunks: 2 });
    const held = Array.from({ length: 10 }, () =>
      house.post('/v1/chat/completions', { model: 'fake', stream: true, messages: [{ role: 'user', content: 'Hi' }] }, { authorization: `Bearer ${house.key}-ten` }, doomed).then((answer) => answer.text()),
    );
    await house.upstream.call(9);
    const first = house.gateways[0] as Service;
    const status = async () => (await house.post('/v1/chat/completions', { model: 'fake', messages: [{ role: 'user', content: 'Hi' }] }, { authorization: `Bearer ${house.key}-ten` }, first)).status;
    expect(await status()).toBe(429);
    await doomed.kill();
    await Promise.allSettled(held);
    house.upstream.always({});
    await eventually('the leases of the dead gateway lapse', async () => (await status()) === 200, 40_000);
  });
});
