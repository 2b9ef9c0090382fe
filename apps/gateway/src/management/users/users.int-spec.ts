import { randomUUID } from 'node:crypto';
import { SYSTEM, verifyAuditChain } from '@higress/database';
import { eventually } from '@higress/testing';
import { PASSWORD, managementApi } from '../../fixtures/management-api';

describe('people over HTTP', () => {
  const api = managementApi();
  const { call, get, post, rowsOf, aTenant, tokenOf } = api;

  it('lets an admin manage the people of the tenant, from a reset token to a ban', async () => {
    const tenant = await aTenant();
    const admin = await tokenOf(tenant.id, 'admin');
    const email = `${randomUUID()}@example.com`;
    const made = await post('users', { email, roles: ['member'] }, { token: admin });
    expect(made).toMatchObject({ status: 201, body: { tenant_id: tenant.id, email, status: 'active', roles: ['member'], reset_token: expect.stringMatching(/^pr_/) } });
    const id = String(made.body['id']);
    const signedIn = await post('auth/password/reset', { reset_token: made.body['reset_token'] as string, new_password: PASSWORD }, { token: null });
    expect(signedIn).toMatchObject({ status: 200, body: { token_type: 'bearer' } });
    const token = String(signedIn.body['access_token']);
    expect(rowsOf(await get('users', admin))).toContainEqual(expect.objectContaining({ id, email }));
    expect((await call('POST', `users/${id}/roles`, { body: { roles: ['auditor'] }, token: admin })).body).toMatchObject({ roles: ['auditor'] });
    await eventually('the new role', async () => (await get('ledger', token)).status === 200, 1000);
    expect(rowsOf(await get(`sessions?user_id=${id}`, admin))).toEqual([expect.objectContaining({ user_id: id, current: false })]);
    expect((await call('POST', `users/${id}/ban`, { token: admin })).body).toMatchObject({ status: 'banned' });
    await eventually('the ban', async () => (await get('auth/me', token)).status === 401, 1000);
    expect((await call('POST', `users/${id}/unban`, { token: admin })).body).toMatchObject({ status: 'active' });
    expect(await verifyAuditChain(api.dataSource.manager, tenant.id)).toBeNull();
  });

  it('refuses a change that was meant for what somebody has changed meanwhile', async () => {
    const tenant = await aTenant();
    const { user } = await api.users.create(SYSTEM, { tenantId: tenant.id, email: `${randomUUID()}@example.com`, password: PASSWORD, roles: ['member'] });
    const patch = (email: string, ifMatch?: string) => api.inject({ method: 'PATCH', url: `/api/v1/users/${user.id}`, headers: { authorization: `Bearer ${api.owner}`, ...(ifMatch && { 'if-match': ifMatch }) }, payload: { email } });
    const etag = String((await api.inject({ method: 'GET', url: `/api/v1/users/${user.id}`, headers: { authorization: `Bearer ${api.owner}` } })).headers['etag']);
    expect((await patch(`${randomUUID()}@example.com`, etag)).statusCode).toBe(200);
    const late = await patch(`${randomUUID()}@example.com`, etag);
    expect([late.statusCode, (JSON.parse(late.payload) as { code: string }).code]).toEqual([412, 'PRECONDITION_FAILED']);
    expect((await patch(`${randomUUID()}@example.com`)).statusCode).toBe(200);
  });

  it('takes no role, tenant, balance or limit where it was not asked for one, and changes nothing then', async () => {
    const [mine, theirs] = [await aTenant(), await aTenant()];
    const admin = await tokenOf(mine.id, 'admin');
    const { user } = await api.users.create(SYSTEM, { tenantId: mine.id, email: `${randomUUID()}@example.com`, password: PASSWORD, roles: ['member'] });
    const before = [await get(`users/${user.id}`), await get(`tenants/${mine.id}`), await get(`tenants/${mine.id}/balance`)];
    for (const extra of [{ roles: ['owner'] }, { role: 'owner' }, { tenant_id: theirs.id }, { status: 'banned' }, { password_hash: 'x' }, { permissions: ['*'] }, { id: theirs.id }])
      expect((await call('PATCH', `users/${user.id}`, { body: { email: user.email, ...extra }, token: admin })).status).toBe(422);
    for (const extra of [{ balance: '1' }, { limits: { rpm: 1 } }, { status: 'active' }, { is_owner: true }]) expect((await post('users', { email: `${randomUUID()}@example.com`, ...extra }, { token: admin })).status).toBe(422);
    for (const extra of [{ status: 'active' }, { balance_usd: '5' }, { managed_by: 'file' }, { id: theirs.id }]) expect((await post('tenants', { name: randomUUID(), billing: 'prepaid', ...extra })).status).toBe(422);
    for (const extra of [{ status: 'active' }, { prefix: 'sk-' }, { key: 'sk-x' }, { managed_by: 'file' }]) expect((await post('keys', { tenant_id: mine.id, name: 'k', ...extra }, { token: admin })).status).toBe(422);
    expect(await post('users', { email: `${randomUUID()}@example.com`, tenant_id: theirs.id }, { token: admin })).toMatchObject({ status: 404 });
    expect(await post('users', { email: `${randomUUID()}@example.com`, roles: ['owner'] }, { token: admin })).toMatchObject({ status: 403 });
    expect([await get(`users/${user.id}`), await get(`tenants/${mine.id}`), await get(`tenants/${mine.id}/balance`)]).toEqual(before);
    expect(rowsOf(await get(`users?tenant_id=${theirs.id}`))).toEqual([]);
  });
});
