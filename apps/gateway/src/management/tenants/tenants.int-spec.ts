import { randomBytes, randomUUID } from 'node:crypto';
import { verifyAuditChain } from '@higress/database';
import { NO_LIMITS } from '@higress/kernel';
import { eventually } from '@higress/testing';
import { managementApi } from '../../fixtures/management-api';

describe('tenants over HTTP', () => {
  const api = managementApi();
  const { get, post, rowsOf, aTenant, tokenOf } = api;

  it('keeps a query out of the idempotency key, however long it is', async () => {
    const path = `tenants/${randomUUID()}/credits?x=${randomBytes(4000).toString('hex')}`;
    expect((await post(path, { amount_usd: '1' }, { headers: { 'idempotency-key': 'k' } })).status).toBe(404);
  });

  it('makes a tenant, credits it once per idempotency key and shows its balance', async () => {
    const { status, body: tenant } = await post('tenants', { name: 'acme', billing: 'prepaid', limits: { rpm: 5 } });
    expect(status).toBe(201);
    expect(tenant).toMatchObject({ name: 'acme', billing: 'prepaid', status: 'active', limits: { ...NO_LIMITS, rpm: 5 }, created_at: expect.stringMatching(/^\d{4}-.*Z$/) });
    const credit = (amount_usd: string, key?: string) => post(`tenants/${tenant['id'] as string}/credits`, { amount_usd, note: 'paid' }, { headers: { ...(key && { 'idempotency-key': key }) } });
    const first = await credit('12.5', 'one');
    expect(first).toMatchObject({ status: 201, body: { kind: 'credit', amount_usd: '12.5', balance_usd: '12.5', note: 'paid', request_id: null } });
    expect(await credit('12.5', 'one')).toEqual(first);
    expect(await credit('13', 'one')).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_CONFLICT' } });
    expect(await credit('1')).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
    expect((await get(`tenants/${tenant['id'] as string}/balance`)).body).toEqual({ posted_usd: '12.5', held_usd: '0', available_usd: '12.5', frozen: null });
    expect(rowsOf(await get(`ledger?tenant_id=${tenant['id'] as string}`))).toEqual([first.body]);
    expect(await post('tenants', { name: 'acme', billing: 'prepaid' })).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
    const actions = await api.dataSource.query<{ action: string; actor_kind: string }[]>('select action, actor_kind from audit_entries where tenant_id = $1 order by at', [tenant['id']]);
    expect(actions).toEqual([{ action: 'tenant.created', actor_kind: 'user' }, { action: 'tenant.credited', actor_kind: 'user' }]);
    expect(await verifyAuditChain(api.dataSource.manager, tenant['id'] as string)).toBeNull();
  });

  it('shows of the ledger what is asked for', async () => {
    const { id } = await aTenant();
    for (const [key, amount_usd] of [['one', '5'], ['two', '7.5']]) await post(`tenants/${id}/credits`, { amount_usd }, { headers: { 'idempotency-key': String(key) } });
    const amounts = async (query: string) => rowsOf(await get(`ledger?tenant_id=${id}&${query}`)).map(({ amount_usd }) => amount_usd);
    expect([await amounts('min_amount_usd=7.5'), await amounts('min_amount_usd=7.6'), await amounts('kind=credit')]).toEqual([['7.5'], [], ['7.5', '5']]);
    expect([await amounts(`key_id=${randomUUID()}`), await amounts('model=never'), await amounts(`request_id=${randomUUID()}`)]).toEqual([[], [], []]);
    for (const wrong of ['min_amount_usd=-1', 'min_amount_usd=1e400', 'key_id=x', 'kind=gift']) expect((await get(`ledger?${wrong}`)).status).toBe(422);
  });

  it('takes money back by an adjustment, of a prepaid tenant no more than there is', async () => {
    const { id } = await aTenant();
    const credit = (body: object, key: string) => post(`tenants/${id}/credits`, body, { headers: { 'idempotency-key': key } });
    await credit({ amount_usd: '5' }, 'one');
    expect(await credit({ amount_usd: '-6', kind: 'adjustment' }, 'two')).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
    expect(await credit({ amount_usd: '-2', kind: 'adjustment', note: 'twice' }, 'three')).toMatchObject({ status: 201, body: { kind: 'adjustment', amount_usd: '-2', balance_usd: '3', note: 'twice' } });
    expect(await credit({ amount_usd: '-2', kind: 'adjustment' }, 'one')).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_CONFLICT' } });
  });

  it('changes of a tenant what is named, for owners alone, and undoes nothing unseen', async () => {
    const tenant = await aTenant('postpaid');
    const admin = await tokenOf(tenant.id, 'admin');
    const made = await post('keys', { tenant_id: tenant.id, name: 'k' });
    const principal = async () => (await api.apiKeys.find(String(made.body['key']), '10.1.2.3')).principal;
    expect((await principal()).tenantLimits).toMatchObject({ rpm: null });
    const patch = (body: object, headers = {}) => api.inject({ method: 'PATCH', url: `/api/v1/tenants/${tenant.id}`, headers: { authorization: `Bearer ${api.owner}`, ...headers }, payload: body });
    const etag = String((await api.inject({ method: 'GET', url: `/api/v1/tenants/${tenant.id}`, headers: { authorization: `Bearer ${api.owner}` } })).headers['etag']);
    const name = randomUUID();
    expect(JSON.parse((await patch({ name, limits: { rpm: 7 } }, { 'if-match': etag })).payload)).toMatchObject({ name, billing: 'postpaid', limits: { ...NO_LIMITS, rpm: 7 } });
    expect((await patch({ name: 'late' }, { 'if-match': etag })).statusCode).toBe(412);
    await eventually('the limit', async () => (await principal()).tenantLimits.rpm === 7, 1000);
    const lowered = await api.inject({ method: 'PUT', url: `/api/v1/tenants/${tenant.id}/limits`, headers: { authorization: `Bearer ${api.owner}` }, payload: { rpm: 3 } });
    expect(lowered.statusCode).toBe(200);
    await eventually('the lower limit', async () => (await principal()).tenantLimits.rpm === 3, 1000);
    for (const body of [{ id: randomUUID() }, { managed_by: 'file' }, { balance_usd: '5' }, { status: 'frozen' }, { limits: { rps: 1 } }]) expect((await patch(body)).statusCode).toBe(422);
    expect((await api.inject({ method: 'PATCH', url: `/api/v1/tenants/${tenant.id}`, headers: { authorization: `Bearer ${admin}` }, payload: { limits: { unlimited: true } } })).statusCode).toBe(403);
    expect((await patch({ status: 'disabled' })).statusCode).toBe(200);
    await eventually('the end of it', async () => (await get('auth/me', admin)).status === 403, 1000);
    const own = String((await get('auth/me')).body['tenant_id']);
    expect((await api.inject({ method: 'PATCH', url: `/api/v1/tenants/${own}`, headers: { authorization: `Bearer ${api.owner}` }, payload: { status: 'disabled' } })).statusCode).toBe(409);
    expect(rowsOf(await get(`audit?tenant_id=${tenant.id}&action=tenant.changed`)).map(({ before, after }) => [before, after])).toEqual([
      [{ status: 'active' }, { status: 'disabled' }],
      [{ limits: { ...NO_LIMITS, rpm: 7 } }, { limits: { ...NO_LIMITS, rpm: 3 } }],
      [{ name: tenant.name, limits: NO_LIMITS }, { name, limits: { ...NO_LIMITS, rpm: 7 } }],
    ]);
  });
});
