import { eventually } from '@higress/testing';
import { asOwner, type Owner } from './as-owner';
import { type House, openHouse } from './open-house';

interface Made {
  readonly id: string;
  readonly key: string;
  readonly grace_ends_at: string;
}

const PRICE = { input: '1', output: '2' };

/** What happens when two people on two gateways do the same at once, or change what a call is using. */
describe('two operators on two gateways', () => {
  let house: House;
  let owner: Owner;
  let tenant_id: string;
  const both = <T>(act: (gateway: House['gateway'], n: number) => Promise<T>) => Promise.all(Array.from({ length: 8 }, (_, n) => act(house.gateways[n % 2] as House['gateway'], n)));
  const ask = (key: string, model = 'fake', more = {}) => house.post('/v1/chat/completions', { model, messages: [{ role: 'user', content: 'Hi' }], ...more }, { authorization: `Bearer ${key}` });
  const aKey = async (policy: object = {}) => (await owner<Made>('POST', 'keys', { body: { tenant_id, name: 'spec', limits: { unlimited: true }, ...policy } })).body;
  /** A stream that has begun. */
  const aStream = async (key: string, model: string) => {
    const answer = await ask(key, model, { stream: true, max_tokens: 20 });
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    let text = Buffer.from((await reader.read()).value ?? []).toString();
    const whole = async () => {
      for (let part = await reader.read(); !part.done; part = await reader.read()) text += Buffer.from(part.value).toString();
      return text;
    };
    return { status: answer.status, id: String(answer.headers.get('x-request-id')), whole };
  };

  beforeAll(async () => {
    house = await openHouse({
      gateways: 2,
      file: () => ({
        providers: [{ name: 'sim', dialect: 'simulator' }],
        models: [{ name: 'fake', deployments: [{ provider: 'sim', upstream_model: 'sim-fast', price: PRICE }] }, { name: 'slow', deployments: [{ provider: 'sim', upstream_model: 'sim-slow', price: PRICE }] }],
      }),
    });
    owner = await asOwner(house.gateway);
    tenant_id = (await house.sql<{ id: string }>(`select id from tenants where name = 'acme'`))[0]?.id as string;
  });
  afterAll(() => house.close());

  it('credit once under one idempotency key', async () => {
    const answers = await both((at) => owner('POST', `tenants/${tenant_id}/credits`, { body: { amount_usd: '7' }, headers: { 'idempotency-key': 'paid-once' }, at }));
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
    expect(new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body['id'])).size).toBe(1);
    expect(await house.sql(`select amount_nano::text as amount from ledger_entries where tenant_id = $1 and kind = 'credit'`, [tenant_id])).toEqual([{ amount: '7000000000' }]);
  });

  it('change what both have read only once', async () => {
    const provider = await owner<Made>('POST', 'providers', { body: { name: 'raced', dialect: 'simulator' } });
    const model = await owner<Made>('POST', 'models', { body: { name: 'raced' } });
    const key = await aKey();
    for (const path of [`providers/${provider.body.id}`, `models/${model.body.id}`, `keys/${key.id}`, `tenants/${(await owner<Made>('POST', 'tenants', { body: { name: 'raced', billing: 'postpaid' } })).body.id}`]) {
      const etag = (await owner('GET', path)).headers.get('etag') as string;
      const answers = await both((at, n) => owner('PATCH', path, { body: { name: `raced-${n}` }, headers: { 'if-match': etag }, at }));
      expect([path, answers.map(({ status }) => status).sort()]).toEqual([path, [200, 412, 412, 412, 412, 412, 412, 412]]);
    }
  });

  it('rotate a key at once without losing it: the newest works, and the others to the end of their grace', async () => {
    const first = await aKey();
    const rotated = await both((at) => owner<Made>('POST', `keys/${first.id}/rotate?grace_period_hours=0.001`, { at }));
    expect(rotated.every(({ status }) => status === 200)).toBe(true);
    const live = async () => (await Promise.all(rotated.map(({ body }) => ask(body.key)))).filter(({ status }) => status === 200).length;
    await eventually('the end of all graces but of the last', async () => (await live()) === 1, 15_000);
    expect((await ask(first.key)).status).toBe(401);
  });

  it('leave a running stream whole, at its own price, whatever becomes of its key, price, provider or account', async () => {
    const key = await aKey();
    const [{ id: deployment } = { id: '' }] = await house.sql<{ id: string }>(`select d.id from deployments d join models m on m.id = d.model_id where m.name = 'slow'`);
    const [{ id: provider } = { id: '' }] = await house.sql<{ id: string }>(`select id from providers where name = 'sim'`);
    const stream = await aStream(key.key, 'slow');
    expect(stream.status).toBe(200);
    expect((await owner('POST', 'prices', { body: { deployment_id: deployment, input: '1000', output: '1000' } })).status).toBe(201);
    expect((await owner('DELETE', `providers/${provider}`)).status).toBe(409);
    expect((await owner('POST', `tenants/${tenant_id}/freeze`, { body: { reason: 'spec' } })).status).toBe(200);
    expect((await owner('POST', `keys/${key.id}/revoke`)).status).toBe(200);
    await eventually('the refusal of new calls', async () => (await ask(house.key)).status !== 200, 12_000);
    expect(await stream.whole()).toContain('data: [DONE]');
    const [usage] = await house.eventually<{ input: string; output: string; cost: string; status: number }>(
      `select input_tokens::text as input, output_tokens::text as output, cost_nano::text as cost, status from usage_records where id = '${stream.id}'`, (rows) => rows.length === 1,
    );
    expect(BigInt(usage?.cost ?? 0)).toBe(BigInt(usage?.input ?? 0) * 1000n + BigInt(usage?.output ?? 0) * 2000n);
    expect((await owner('POST', `tenants/${tenant_id}/unfreeze`)).status).toBe(200);
    await eventually('the end of the freeze', async () => (await ask(house.key)).status === 200, 12_000);
    const [book] = await house.sql<{ same: boolean; held: string }>(`select posted_nano = (select sum(amount_nano) from ledger_entries l where l.tenant_id = a.tenant_id) as same, held_nano::text as held from accounts a where tenant_id = $1`, [tenant_id]);
    expect(book?.same).toBe(true);
  });
});
