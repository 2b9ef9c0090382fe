import { type House, openHouse } from './open-house';

/** 1 USD a million tokens in, 2 out: with this prompt and bound, a hold is a fixed number of nano-USD. */
describe('a prepaid tenant with credit for ten calls', () => {
  let house: House;
  const CALLS = 10;
  const ask = () => house.chat('Hi', { max_tokens: 7 });

  beforeAll(async () => {
    // A call may cost at most 7 output tokens; `per_request` makes its prompt irrelevant.
    house = await openHouse({
      tenant: { billing: 'prepaid', opening_credit_usd: '10' },
      file: () => ({ models: [{ name: 'fake', deployments: [{ provider: 'first', upstream_model: 'fake-model', price: { input: '0', output: '0', per_request: '1' } }] }] }),
    });
  });
  afterAll(() => house.close());

  it('reaches the provider exactly ten times for 200 parallel callers; the rest get 402, and the book balances', async () => {
    house.upstream.always({ delayMs: 20 });
    const answers = await Promise.all(Array.from({ length: 200 }, ask));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(CALLS);
    expect(statuses.filter((status) => status === 402)).toHaveLength(200 - CALLS);
    expect(house.upstream.calls).toHaveLength(CALLS);
    const refused = answers.find(({ status }) => status === 402) as Response;
    expect(refused.headers.get('x-should-retry')).toBe('false');
    expect(await refused.json()).toMatchObject({ error: { type: 'insufficient_quota', code: 'insufficient_quota', gateway_code: 'INSUFFICIENT_BALANCE' } });
    await house.eventually('select 1 from usage_records', (rows) => rows.length === CALLS);
    const [book] = await house.sql(`
      select a.posted_nano::text as posted, a.held_nano::text as held, (select sum(amount_nano)::text from ledger_entries l where l.tenant_id = a.tenant_id) as ledger, (select count(*)::int from holds) as holds
        from accounts a join tenants t on t.id = a.tenant_id where t.name = 'acme'`);
    expect(book).toEqual({ posted: '0', held: '0', ledger: '0', holds: 0 });
  });
});
