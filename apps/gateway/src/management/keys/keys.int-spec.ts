import { eventually } from '@higress/testing';
import { managementApi } from '../fixtures/management-api';

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
});
