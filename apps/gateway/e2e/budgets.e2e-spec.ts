import { eventually, type Service } from '@higress/testing';
import { type House, openHouse } from './open-house';

interface BudgetList {
  data: { period: string; unit: string; limit: string | number; spent: string | number; held: string | number; resets_at: string | null; managed_by: string }[];
}

/** Three gateways on one database: what a budget or a quota promises holds across all of them. */
describe('budgets and daily quotas on three gateways', () => {
  let house: House;
  let token: string;
  const CALLERS = 64;
  const CALLS = 200;
  beforeAll(async () => {
    const unlimited = { unlimited: true };
    house = await openHouse({
      gateways: 3,
      file: ({ key }) => ({
        // Whatever is asked costs a hundredth of a dollar.
        models: [{ name: 'fake', deployments: [{ provider: 'first', upstream_model: 'fake-model', price: { input: '0', output: '0', per_request: '0.01' } }] }],
        tenants: [
          { name: 'acme', billing: 'postpaid', limits: unlimited },
          { name: 'thrifty', billing: 'postpaid', limits: unlimited, budgets: [{ period: 'monthly', unit: 'usd', limit: '0.20' }] },
          { name: 'rich', billing: 'prepaid', opening_credit_usd: '10', limits: unlimited },
        ],
        keys: [
          { tenant: 'acme', name: 'plain', value: key, limits: unlimited },
          { tenant: 'acme', name: 'requests', value: `${key}-requests`, limits: unlimited, budgets: [{ period: 'daily', unit: 'requests', limit: 20 }] },
          { tenant: 'acme', name: 'rpd', value: `${key}-rpd`, limits: { rpm: 100_000, tpm: 1_000_000_000, rpd: 20 } },
          { tenant: 'acme', name: 'tpd', value: `${key}-tpd`, limits: { rpm: 100_000, tpm: 1_000_000_000, tpd: 20_000 } },
          { tenant: 'acme', name: 'burst', value: `${key}-burst`, limits: { rpm: 100_000, tpm: 1_000_000_000, burst: 5 } },
          { tenant: 'acme', name: 'few', value: `${key}-few`, limits: { rpm: 5, tpm: 1_000_000 }, budgets: [{ period: 'total', unit: 'requests', limit: 2 }] },
          { tenant: 'thrifty', name: 'usd', value: `${key}-usd`, limits: unlimited },
          { tenant: 'rich', name: 'prepaid', value: `${key}-prepaid`, limits: unlimited },
        ],
      }),
    });
    const login = await house.post('/api/v1/auth/login', { email: 'owner@example.test', password: 'owner-password-for-tests' });
    token = ((await login.json()) as { access_token: string }).access_token;
  });
  afterAll(() => house.close());
  beforeEach(() => house.upstream.reset());

  let turn = 0;
  const ask = (suffix = '', more: object = {}, gateway: Service | undefined = house.gateways[turn++ % 3]) =>
    house.post('/v1/chat/completions', { model: 'fake', messages: [{ role: 'user', content: 'Hi' }], ...more }, { authorization: `Bearer ${house.key}${suffix}` }, gateway);
  /** 64 callers share 200 calls. */
  const flood = async (suffix: string, more: object = {}) => {
    const answers: Response[] = [];
    let asked = 0;
    const caller = async () => {
      while (asked++ < CALLS) answers.push(await ask(suffix, more));
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    return { answers, through: answers.filter(({ status }) => status === 200), refused: answers.find(({ status }) => status !== 200) as Response };
  };
  const manage = async (method: string, path: string, body?: unknown, gateway: Service | undefined = house.gateways[0]) => {
    const answer = await fetch(`${gateway?.url}/api/v1/${path}`, { method, headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { body: JSON.stringify(body) }) });
    return { status: answer.status, body: (await answer.json()) as BudgetList & { code?: string } };
  };
  const idOf = async (table: 'tenants' | 'api_keys', name: string) => (await house.sql<{ id: string }>(`select id from ${table} where name = $1`, [name]))[0]?.id as string;
  const settled = () => house.eventually('select from holds', (rows) => rows.length === 0);
  /** Leaves enough of the minute and the day, so that a flood does not straddle their turn. */
  const withinOneDay = async () => {
    const left = 86_400_000 - (Date.now() % 86_400_000);
    if (left < 15_000) await new Promise((resolve) => setTimeout(resolve, left + 50));
  };

  it.each([
    ['a budget of 20 requests of a key', '-requests', 'QUOTA_DAILY_EXCEEDED'],
    ['a budget of 0.20 USD of a tenant', '-usd', 'BUDGET_EXCEEDED'],
  ])('%s lets exactly 20 calls through under 64 callers, and says that waiting does not help', async (_, suffix, code) => {
    await withinOneDay();
    house.upstream.always({ delayMs: 5 });
    const { through, refused } = await flood(suffix);
    expect(through).toHaveLength(20);
    expect(house.upstream.calls).toHaveLength(20);
    expect([refused.status, refused.headers.get('x-should-retry')]).toEqual([403, 'false']);
    expect(await refused.json()).toMatchObject({ error: { type: 'insufficient_quota', code: 'insufficient_quota', gateway_code: code } });
    await settled();
    expect(await house.sql('select held from budgets where held <> 0')).toEqual([]);
    expect(await house.sql('select * from billing_check_budgets()')).toEqual([]);
  });

  it.each([
    ['20 requests a day', '-rpd', {}, 20, 'RATE_LIMIT_RPD'],
    ['20,000 tokens a day', '-tpd', { max_tokens: 1_900 }, 10, 'RATE_LIMIT_TPD'],
  ])('a limit of %s lets exactly as many calls through that run at once, and tells when to come back', async (_, suffix, more, most, code) => {
    await withinOneDay();
    // They answer when all have been decided: what a call gives back of its tokens at its end lets no further one in.
    house.upstream.always({ delayMs: 1_500 });
    const answers = await Promise.all(Array.from({ length: CALLERS }, () => ask(suffix, more)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(most);
    const refused = answers.find(({ status }) => status === 429) as Response;
    expect(await refused.json()).toMatchObject({ error: { code: 'rate_limit_exceeded', gateway_code: code } });
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(86_400);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('a limit of 5 requests a second lets no sixth through in a second', async () => {
    const began = performance.now();
    const { through, refused } = await flood('-burst');
    const seconds = Math.floor((performance.now() - began) / 1000) + 1;
    expect(through.length).toBeGreaterThanOrEqual(5);
    expect(through.length).toBeLessThanOrEqual(5 * seconds);
    expect(await refused.json()).toMatchObject({ error: { gateway_code: 'RATE_LIMIT_BURST' } });
    expect(refused.headers.get('retry-after')).toBe('1');
  });

  it('a refused call gives everything back: its admission, its balance, and what it took of other budgets', async () => {
    const few = await ask('-few');
    expect([few.status, (await ask('-few')).status]).toEqual([200, 200]);
    for (let i = 0; i < 10; i++) expect((await ask('-few')).status).toBe(403);
    // Ten refusals have left three of five requests a minute: the fourth would be one too many.
    await manage('PUT', `keys/${await idOf('api_keys', 'plain')}/budgets`, []);
    await house.sql("update budgets set cap = 100 where key_id = $1", [await idOf('api_keys', 'few')]);
    expect([(await ask('-few')).status, (await ask('-few')).status, (await ask('-few')).status, (await ask('-few')).status]).toEqual([200, 200, 200, 429]);

    const tenant = await idOf('tenants', 'rich');
    await manage('PUT', `tenants/${tenant}/budgets`, [{ period: 'weekly', unit: 'usd', limit: '1' }, { period: 'daily', unit: 'tokens', limit: 5 }]);
    await eventually('the budget on every gateway', async () => (await Promise.all([0, 1, 2].map((n) => ask('-prepaid', {}, house.gateways[n])))).every(({ status }) => status === 403), 2_000);
    await settled();
    expect(await house.sql('select posted_nano::text as posted, held_nano::text as held from accounts where tenant_id = $1', [tenant])).toEqual([
      { posted: String(10_000_000_000n - 10_000_000n * BigInt((await house.sql('select from usage_records where tenant_id = $1', [tenant])).length)), held: '0' },
    ]);
    expect((await manage('GET', `tenants/${tenant}/budgets`)).body.data.map(({ unit, spent, held }) => [unit, spent, held])).toEqual([['tokens', 0, 0], ['usd', '0', '0']]);
  });

  it('a call that no provider answers uses nothing of a budget, and a period that is over begins anew by itself', async () => {
    const key = await idOf('api_keys', 'requests');
    await house.sql("update budgets set period_start = period_start - interval '1 day', spent = 20 where key_id = $1", [key]);
    expect((await manage('GET', `keys/${key}/budgets`)).body.data).toEqual([expect.objectContaining({ unit: 'requests', limit: 20, spent: 0, held: 0, managed_by: 'file', resets_at: expect.stringMatching(/T00:00:00.000Z$/) })]);
    house.upstream.always({ status: 500 });
    expect((await ask('-requests')).status).toBeGreaterThanOrEqual(500);
    house.upstream.reset();
    await settled();
    expect((await manage('GET', `keys/${key}/budgets`)).body.data[0]).toMatchObject({ spent: 0, held: 0 });
    expect((await flood('-requests')).through).toHaveLength(20);
  });

  it('one set on one gateway is felt on the others within a second, and counts from then on', async () => {
    const path = `keys/${await idOf('api_keys', 'plain')}/budgets`;
    expect((await ask('', {}, house.gateways[2])).status).toBe(200);
    const set = await manage('PUT', path, [{ period: 'total', unit: 'requests', limit: 0 }]);
    expect([set.status, set.body.data]).toEqual([200, [expect.objectContaining({ period: 'total', limit: 0, spent: 0, resets_at: null, managed_by: 'api' })]]);
    await eventually('the refusal on another gateway', async () => (await ask('', {}, house.gateways[2])).status === 403, 1_000);
    expect((await manage('PUT', path, [])).body.data).toEqual([]);
    await eventually('its end on another gateway', async () => (await ask('', {}, house.gateways[2])).status === 200, 1_000);
    const actions = await house.sql("select action from audit_entries where subject_id = $1 and action = 'key.budgets_set'", [await idOf('api_keys', 'plain')]);
    expect(actions).toHaveLength(2);
  });

  it('one that cannot be is refused, and what gateway.yaml declares is changed there', async () => {
    const path = `keys/${await idOf('api_keys', 'plain')}/budgets`;
    for (const odd of [[{ period: 'hourly', unit: 'usd', limit: '1' }], [{ period: 'daily', unit: 'usd', limit: '-1' }], [{ period: 'daily', unit: 'usd', limit: '1', spent: 0 }], {}]) {
      expect((await manage('PUT', path, odd)).status).toBe(422);
    }
    expect(await manage('PUT', `keys/${await idOf('api_keys', 'requests')}/budgets`, [])).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
    expect((await manage('GET', 'keys/01a205a4-be0f-79d6-8c19-ea5017bc08fd/budgets')).status).toBe(404);
  });

  it('a frozen tenant is refused until it is free again', async () => {
    const tenant = await idOf('tenants', 'rich');
    await manage('PUT', `tenants/${tenant}/budgets`, []);
    await eventually('no budget', async () => (await ask('-prepaid', {}, house.gateways[0])).status === 200, 2_000);
    expect(await manage('POST', `tenants/${tenant}/freeze`, { reason: 'chargeback' })).toMatchObject({ status: 200, body: { frozen: { reason: 'chargeback' } } });
    expect((await ask('-prepaid')).status).toBe(403);
    expect(await manage('POST', `tenants/${tenant}/unfreeze`, {})).toMatchObject({ status: 200, body: { frozen: null } });
    await eventually('a call', async () => (await ask('-prepaid')).status === 200, 12_000);
  }, 20_000);
});
