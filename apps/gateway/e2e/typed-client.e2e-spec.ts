import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ManagementClient, RefusedError } from '@higress/client';
import { type House, openHouse } from './open-house';

/** A tenant's whole life over the management API, by the client that is generated from the gateway's own description. */
describe('the typed client', () => {
  let house: House;
  let owner: ManagementClient;
  beforeAll(async () => {
    house = await openHouse();
    const url = `${house.gateway.url}/api/v1`;
    const { access_token } = await new ManagementClient({ url }).call('POST /auth/login', { body: { email: 'owner@example.test', password: 'owner-password-for-tests' } });
    owner = new ManagementClient({ url, token: access_token });
  });
  afterAll(() => house.close());

  it('makes a tenant, gives it money once and a key, and sees what the key has used', async () => {
    const tenant = await owner.call('POST /tenants', { body: { name: 'globex', billing: 'prepaid', limits: { unlimited: true } } });
    const path = { id: tenant.id };
    const credit = () => owner.call('POST /tenants/{id}/credits', { path, body: { amount_usd: '5' }, idempotencyKey: 'first' });
    expect(await credit()).toEqual(await credit());
    expect(await owner.call('GET /tenants/{id}/balance', { path })).toMatchObject({ posted_usd: '5', held_usd: '0', available_usd: '5' });
    const made = await owner.call('POST /keys', { body: { tenant_id: tenant.id, name: 'ci', limits: { unlimited: true } }, idempotencyKey: 'key' });
    expect((await owner.call('POST /keys', { body: { tenant_id: tenant.id, name: 'ci', limits: { unlimited: true } }, idempotencyKey: 'key' })).key).toBe(made.key);
    const answer = await house.post('/v1/chat/completions', { model: 'fake', messages: [{ role: 'user', content: 'Hi' }] }, { authorization: `Bearer ${made.key}` });
    expect(answer.status).toBe(200);
    await house.eventually(`select 1 from usage_records where key_id = '${made.id}'`, (rows) => rows.length === 1);
    const { data } = await owner.call('GET /usage', { query: { key_id: made.id, limit: 10 } });
    expect(data.map(({ id, model, status }) => ({ id, model, status }))).toEqual([{ id: answer.headers.get('x-request-id'), model: 'fake', status: 200 }]);
    expect((await owner.call('GET /keys', { query: { tenant_id: tenant.id } })).data.map(({ id }) => id)).toEqual([made.id]);
    expect((await owner.call('POST /keys/{id}/revoke', { path: { id: made.id } })).status).toBe('revoked');
  });

  it('throws what the gateway refuses, with its code and its particulars', async () => {
    const refused = await owner.call('POST /tenants', { body: { name: '', billing: 'prepaid' } }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RefusedError);
    expect(refused).toMatchObject({ status: 422, error: { code: 'VALIDATION_FAILED', details: [{ path: 'name', message: expect.any(String) }] } });
    await expect(owner.call('GET /tenants/{id}', { path: { id: '../keys' } })).rejects.toMatchObject({ status: 404 });
  });

  it('is made from what the gateway says of itself', async () => {
    const served = await (await fetch(`${house.gateway.url}/docs-json`)).json();
    expect(served).toEqual(JSON.parse(readFileSync(join(__dirname, '../src/docs/openapi.generated.json'), 'utf8')));
  });
});
