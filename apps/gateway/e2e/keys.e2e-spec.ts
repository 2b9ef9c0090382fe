import { eventually } from '@higress/testing';
import { asOwner, type Owner } from './as-owner';
import { type House, openHouse } from './open-house';

interface Key {
  readonly id: string;
  readonly key: string;
  readonly prefix: string;
  readonly status: string;
  readonly limits: Record<string, unknown>;
  readonly last_used_at: string | null;
}

/** The life of an API key, as operators manage it and its callers feel it on every gateway. */
describe('an API key', () => {
  let house: House;
  let owner: Owner;
  let tenant_id: string;
  const ask = (key: string, at = house.gateway, path = '/v1/chat/completions', body: object = { model: 'fake', messages: [{ role: 'user', content: 'Hi' }] }) => house.post(path, body, { authorization: `Bearer ${key}` }, at);
  const refusal = async (answer: Response) => {
    const { error } = (await answer.json()) as { error?: { gateway_code?: string; code: string } };
    return error === undefined ? 'ok' : (error.gateway_code ?? error.code);
  };
  const make = async (policy: object = {}) => (await owner<Key>('POST', 'keys', { body: { tenant_id, name: 'spec', limits: { unlimited: true }, ...policy } })).body;
  /** Every gateway refuses it so within a second. */
  const feltEverywhere = (key: string, wanted: string, path?: string, body?: object) =>
    Promise.all(house.gateways.map((gateway) => eventually(`${wanted} at ${gateway.url}`, async () => (await refusal(await ask(key, gateway, path, body))) === wanted, 1000)));

  beforeAll(async () => {
    house = await openHouse({ gateways: 2, file: () => ({ models: ['fake', 'other'].map((name) => ({ name, deployments: [{ provider: 'first', upstream_model: name, price: 'free' }] })) }) });
    owner = await asOwner(house.gateway);
    tenant_id = (await house.sql<{ id: string }>(`select id from tenants where name = 'acme'`))[0]?.id as string;
  });
  afterAll(() => house.close());

  it('is revoked on one gateway and refused by the other within a second', async () => {
    const { id, key } = await make();
    for (const gateway of house.gateways) expect((await ask(key, gateway)).status).toBe(200);
    expect(await owner('POST', `keys/${id}/revoke`)).toMatchObject({ status: 200, body: { status: 'revoked' } });
    await feltEverywhere(key, 'API_KEY_REVOKED');
    expect(await owner('POST', `keys/${id}/rotate`)).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
  });

  it('gets a lower limit on one gateway and feels it on the other within a second', async () => {
    const { id, key } = await make();
    for (const gateway of house.gateways) expect((await ask(key, gateway)).status).toBe(200);
    const answer = await owner<Key>('PUT', `keys/${id}/limits`, { body: { rpm: 1 } });
    expect(answer).toMatchObject({ status: 200, body: { limits: { rpm: 1, tpm: null, unlimited: false } } });
    await feltEverywhere(key, 'RATE_LIMIT_RPM');
  });

  it('is limited by the older path too, in JSON and as a form', async () => {
    const { id } = await make();
    const path = `admin/api-keys/${id}/rate-limit`;
    expect(await owner('PUT', path, { body: { rpm: 7, tpm: 70_000 } })).toMatchObject({ status: 200, body: { limits: { rpm: 7, tpm: 70_000, unlimited: false } } });
    const form = (text: string) => owner<Key>('PUT', path, { body: text, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    expect(await form('rpm=9&rpd=&unlimited=false')).toMatchObject({ status: 200, body: { limits: { rpm: 9, tpm: null, rpd: null, unlimited: false } } });
    expect(await form('unlimited=true')).toMatchObject({ status: 200, body: { limits: { rpm: null, unlimited: true } } });
    for (const wrong of ['rpm=-1', 'rpm=0', 'rpm=ten', 'rpm=1.5', 'balance=5']) expect(await form(wrong)).toMatchObject({ status: 422, body: { code: 'VALIDATION_FAILED' } });
    expect(await owner('GET', `keys/${id}`)).toMatchObject({ body: { limits: { rpm: null, unlimited: true } } });
  });

  it('is changed by what is named, and by nothing that is not for a caller to change', async () => {
    const { id, key } = await make({ tags: { team: 'a' } });
    expect((await ask(key)).status).toBe(200);
    expect(await owner('PATCH', `keys/${id}`, { body: { models: ['oth*'], name: 'renamed' } })).toMatchObject({ status: 200, body: { name: 'renamed', models: ['oth*'], tags: { team: 'a' }, limits: { unlimited: true } } });
    await feltEverywhere(key, 'SCOPE_DENIED');
    expect((await ask(key, house.gateway, '/v1/chat/completions', { model: 'other', messages: [{ role: 'user', content: 'Hi' }] })).status).toBe(200);
    for (const [field, value] of Object.entries({ tenant_id, id, status: 'active', key: 'sk-x', prefix: 'sk-', managed_by: 'file', bounded: false, owner_user_id: null, signing_secret: 'x', balance_usd: '5', revoked_at: null })) {
      expect(await owner('PATCH', `keys/${id}`, { body: { [field]: value } })).toMatchObject({ status: 422, body: { code: 'VALIDATION_FAILED', details: [{ path: field }] } });
    }
    expect(await owner('PATCH', `keys/${id}`, { body: { models: null, allowed_ips: ['203.0.113.0/24'] } })).toMatchObject({ status: 200, body: { models: null } });
    await feltEverywhere(key, 'IP_NOT_ALLOWED');
    expect(await owner('PATCH', `keys/${id}`, { body: { allowed_ips: ['127.0.0.1'], endpoints: ['embeddings'] } })).toMatchObject({ status: 200 });
    await feltEverywhere(key, 'SCOPE_DENIED');
    expect(await owner('PATCH', `keys/${id}`, { body: { endpoints: null, expires_at: new Date(Date.now() - 1000).toISOString() } })).toMatchObject({ status: 200, body: { status: 'expired' } });
    await feltEverywhere(key, 'API_KEY_EXPIRED');
    expect(await owner('PATCH', `keys/${id}`, { body: { expires_at: null } })).toMatchObject({ status: 200, body: { status: 'active' } });
    await eventually('its return', async () => (await ask(key)).status === 200, 1000);
  });

  it('is changed by one of two people who read the same, and the other one is told', async () => {
    const { id } = await make();
    const read = await owner<Key>('GET', `keys/${id}`);
    const etag = read.headers.get('etag') as string;
    expect(etag).toMatch(/^"[\w-]+"$/);
    const both = await Promise.all(['one', 'two'].map((name) => owner('PATCH', `keys/${id}`, { body: { name }, headers: { 'if-match': etag } })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
    const changed = both.find(({ status }) => status === 200);
    expect(changed?.headers.get('etag')).not.toBe(etag);
    expect(await owner('DELETE', `keys/${id}`, { headers: { 'if-match': etag } })).toMatchObject({ status: 412, body: { code: 'PRECONDITION_FAILED' } });
    expect(await owner('PUT', `keys/${id}/limits`, { body: {}, headers: { 'if-match': changed?.headers.get('etag') as string } })).toMatchObject({ status: 200 });
  });

  it('gets another secret and keeps the old one for as long as was asked', async () => {
    const first = await make();
    const second = await owner<Key & { grace_ends_at: string }>('POST', `keys/${first.id}/rotate?grace_period_hours=1`);
    expect(second).toMatchObject({ status: 200, body: { id: first.id, key: expect.stringMatching(/^sk-[0-9A-Za-z]{43}$/), status: 'active' } });
    expect(Date.parse(second.body.grace_ends_at) - Date.now()).toBeGreaterThan(3_500_000);
    expect(second.body.prefix).toBe(second.body.key.slice(0, 8));
    for (const key of [first.key, second.body.key]) expect((await ask(key)).status).toBe(200);
    const third = await owner<Key>('POST', `keys/${first.id}/rotate?grace_period_hours=0`);
    await feltEverywhere(second.body.key, 'API_KEY_EXPIRED');
    await feltEverywhere(first.key, 'API_KEY_EXPIRED');
    expect((await ask(third.body.key)).status).toBe(200);
    for (const wrong of ['-1', '1e9', '0x10', 'NaN', '2161', 'day', '']) expect((await owner('POST', `keys/${first.id}/rotate?grace_period_hours=${wrong}`)).status).toBe(422);
    expect((await owner('GET', `keys/${first.id}`)).text).not.toContain(third.body.key);
  });

  it('tells what it used and when', async () => {
    const { id, key } = await make();
    expect((await ask(key)).status).toBe(200);
    await house.eventually(`select id from usage_records where key_id = '${id}'`, (rows) => rows.length === 1);
    const today = new Date().toISOString().slice(0, 10);
    const usage = await owner('GET', `keys/${id}/usage`);
    expect(usage).toMatchObject({ status: 200, body: { key_id: id, to: today, requests: 1, errors: 0, cost_usd: '0', days: [{ day: today, requests: 1, input_tokens: expect.any(Number) }] } });
    expect(await owner('GET', `keys/${id}/usage?from=2020-01-01&to=2020-01-31`)).toMatchObject({ status: 200, body: { requests: 0, days: [] } });
    expect((await owner('GET', `keys/${id}/usage?from=2001-01-01`)).status).toBe(422);
    expect((await owner('GET', `keys/${id}/usage?since=2020-01-01`)).status).toBe(422);
    await eventually('the time of its last use', async () => (await owner<Key>('GET', `keys/${id}`)).body.last_used_at !== null, 25_000);
  });

  it('is deleted, refused everywhere within a second, and what it used stays', async () => {
    const { id, key } = await make();
    expect((await ask(key)).status).toBe(200);
    await house.eventually(`select id from usage_records where key_id = '${id}'`, (rows) => rows.length === 1);
    expect((await owner('DELETE', `keys/${id}`)).status).toBe(204);
    await feltEverywhere(key, 'INVALID_API_KEY');
    expect(await owner('GET', `keys/${id}`)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await house.sql(`select id from usage_records where key_id = $1`, [id])).toHaveLength(1);
    expect((await owner('DELETE', `keys/${id}`)).status).toBe(404);
  });

  it('of gateway.yaml is changed there, and may be revoked by hand', async () => {
    const [{ id } = { id: '' }] = await house.sql<{ id: string }>(`select id from api_keys where managed_by = 'file'`);
    for (const [method, path, body] of [['PATCH', '', { name: 'x' }], ['DELETE', '', undefined], ['PUT', '/limits', { rpm: 1 }], ['POST', '/rotate', undefined]] as const) {
      const answer = await owner(method, `keys/${id}${path}`, { body });
      expect(answer).toMatchObject({ status: 409, body: { code: 'CONFLICT', message: expect.stringContaining('gateway.yaml') } });
    }
    expect((await house.chat('Hi')).status).toBe(200);
  });
});
