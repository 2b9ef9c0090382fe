import { eventually } from '@higress/testing';
import { managementApi } from '../../fixtures/management-api';

describe('API keys over HTTP', () => {
  const api = managementApi();
  const { call, get, post, rowsOf, aTenant, tokenOf } = api;

  it('makes a key that works, shows it once, and ends it', async () => {
    const tenant = await aTenant();
    const made = await post('keys', { tenant_id: tenant.id, name: 'ci', models: ['gpt-*'], allowed_ips: ['10.0.0.0/8'], limits: { rpm: 7 }, tags: { team: 'a' } });
    expect(made).toMatchObject({ status: 201, body: { key: expect.stringMatching(/^sk-[0-9A-Za-z]{43}$/), prefix: expect.stringMatching(/^sk-/), status: 'active', models: ['gpt-*'], endpoints: null } });
    expect(made.body).not.toHaveProperty('signing_secret');
    const key = String(made.body['key']);
    expect((await api.apiKeys.find(key, '10.1.2.3')).principal).toMatchObject({ tenantId: tenant.id, limits: { rpm: 7 }, tags: { team: 'a' } });
    const listed = rowsOf(await get(`keys?tenant_id=${tenant.id}`));
    expect(listed).toEqual([expect.objectContaining({ id: made.body['id'], name: 'ci' })]);
    expect(JSON.stringify(listed)).not.toContain(key.slice(8));
    expect(await call('POST', `keys/${made.body['id'] as string}/revoke`)).toMatchObject({ status: 200, body: { status: 'revoked', revoked_at: expect.any(String) } });
    await eventually('the refusal', () => api.apiKeys.find(key, '10.1.2.3').then(() => false, ({ code }: { code: string }) => code === 'API_KEY_REVOKED'), 1000);
    expect((await call('POST', `keys/${made.body['id'] as string}/revoke`)).status).toBe(200);
    expect(await post('keys', { tenant_id: tenant.id, name: 'signed', signing: 'required' })).toMatchObject({ status: 201, body: { signing_secret: expect.any(String) } });
  });

  it('lets a member have keys of their own, and see no others', async () => {
    const tenant = await aTenant();
    const [ann, bob] = [await tokenOf(tenant.id, 'member'), await tokenOf(tenant.id, 'member')];
    const annId = (await get('auth/me', ann)).body['id'];
    const own = await post('keys', { tenant_id: tenant.id, name: 'mine', owner_user_id: (await get('auth/me', bob)).body['id'] }, { token: ann });
    expect(own).toMatchObject({ status: 201, body: { owner_user_id: annId } });
    expect((await post('keys', { tenant_id: tenant.id, name: 'fast', limits: { rpm: 1e6 } }, { token: ann })).status).toBe(403);
    const shared = await post('keys', { tenant_id: tenant.id, name: 'shared' });
    expect(rowsOf(await get('keys', ann)).map(({ id }) => id)).toEqual([own.body['id']]);
    expect(rowsOf(await get('keys', bob))).toEqual([]);
    for (const [id, token] of [[shared.body['id'], ann], [own.body['id'], bob]] as [string, string][]) {
      expect((await get(`keys/${id}`, token)).status).toBe(404);
      expect((await call('POST', `keys/${id}/revoke`, { token })).status).toBe(404);
    }
    expect((await get('usage', ann)).status).toBe(200);
    for (const url of ['ledger', 'tenants', `tenants/${tenant.id}`]) expect((await get(url, ann)).status).toBe(403);
    expect((await call('POST', `keys/${own.body['id'] as string}/revoke`, { token: ann })).body).toMatchObject({ status: 'revoked' });
  });

  it('gives a key only to a person of its tenant', async () => {
    const [mine, theirs] = [await aTenant(), await aTenant()];
    const stranger = (await get('auth/me', await tokenOf(theirs.id, 'member'))).body['id'];
    expect(await post('keys', { tenant_id: mine.id, name: 'k', owner_user_id: stranger })).toMatchObject({ status: 422, body: { details: [{ path: 'owner_user_id', message: 'there is no such person in the tenant' }] } });
  });

  describe('that is bounded', () => {
    const BOUNDS = { models: null, endpoints: null, allowed_ips: null, expires_at: null, limits: { unlimited: true }, signing: 'off', cache: 'on' };
    const meOf = async (token: string) => String((await get('auth/me', token)).body['id']);
    const anOwnKey = async (token: string, tenant_id: string) => String((await post('keys', { tenant_id, name: 'mine' }, { token })).body['id']);

    it('stays so, whatever its member tries', async () => {
      const { id: tenant_id } = await aTenant();
      const ann = await tokenOf(tenant_id, 'member');
      const id = await anOwnKey(ann, tenant_id);
      expect((await get(`keys/${id}`, ann)).body).toMatchObject({ bounded: false });
      const bounded = await call('PATCH', `keys/${id}`, { body: { models: ['small'], allowed_ips: ['10.0.0.0/8'], limits: { rpm: 5 } }, token: await tokenOf(tenant_id, 'admin') });
      expect(bounded).toMatchObject({ status: 200, body: { bounded: true } });
      for (const [name, value] of Object.entries(BOUNDS)) expect(await call('PATCH', `keys/${id}`, { body: { name: 'x', [name]: value }, token: ann })).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
      expect((await call('PUT', `keys/${id}/limits`, { body: {}, token: ann })).status).toBe(403);
      expect((await call('PUT', `admin/api-keys/${id}/rate-limit`, { body: {}, token: ann })).status).toBe(403);
      expect((await call('PUT', `keys/${id}/budgets`, { body: {}, token: ann })).status).toBeGreaterThanOrEqual(400);
      expect(await post('keys', { tenant_id, name: 'another' }, { token: ann })).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
      expect((await call('DELETE', `keys/${id}`, { token: ann })).status).toBe(403);
      expect((await call('PATCH', `keys/${id}`, { body: { name: 'renamed', tags: { team: 'a' } }, token: ann })).status).toBe(200);
      expect((await call('POST', `keys/${id}/rotate`, { token: ann })).body).toMatchObject({ models: ['small'], allowed_ips: ['10.0.0.0/8'], limits: { rpm: 5 } });
      expect((await call('POST', `keys/${id}/revoke`, { token: ann })).status).toBe(200);
      expect((await post('keys', { tenant_id, name: 'another' }, { token: ann })).status).toBe(403);
    });

    it('by a budget, or made so by an admin, keeps its member from making others until nothing bounds it', async () => {
      const { id: tenant_id } = await aTenant();
      const [admin, ann, bob] = [await tokenOf(tenant_id, 'admin'), await tokenOf(tenant_id, 'member'), await tokenOf(tenant_id, 'member')];
      const id = await anOwnKey(ann, tenant_id);
      const budgets = (wanted: object[]) => api.inject({ method: 'PUT', url: `/api/v1/keys/${id}/budgets`, headers: { authorization: `Bearer ${admin}` }, payload: wanted });
      expect((await budgets([{ period: 'total', unit: 'usd', limit: '5' }])).statusCode).toBe(200);
      expect((await post('keys', { tenant_id, name: 'another' }, { token: ann })).status).toBe(403);
      expect((await budgets([])).statusCode).toBe(200);
      expect((await post('keys', { tenant_id, name: 'another' }, { token: ann })).status).toBe(201);
      expect((await post('keys', { tenant_id, name: 'given', owner_user_id: await meOf(bob), endpoints: ['embeddings'] }, { token: admin })).body).toMatchObject({ bounded: true });
      expect((await post('keys', { tenant_id, name: 'another' }, { token: bob })).status).toBe(403);
    });

    it('by its member binds nobody else, and members make no more than twenty, however many at once', async () => {
      const { id: tenant_id } = await aTenant();
      const ann = await tokenOf(tenant_id, 'member');
      expect((await post('keys', { tenant_id, name: 'narrow', models: ['small'] }, { token: ann })).body).toMatchObject({ bounded: false });
      const made = await Promise.all(Array.from({ length: 22 }, (_, n) => post('keys', { tenant_id, name: `key ${n}` }, { token: ann })));
      expect(made.map(({ status }) => status).sort()).toEqual([...Array.from({ length: 19 }, () => 201), 409, 409, 409]);
    });
  });
});
