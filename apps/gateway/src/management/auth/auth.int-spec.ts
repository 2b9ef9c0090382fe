import { randomUUID } from 'node:crypto';
import { SYSTEM } from '@higress/database';
import { eventually } from '@higress/testing';
import { PASSWORD, managementApi } from '../../fixtures/management-api';

describe('signing in over HTTP', () => {
  const api = managementApi();
  const { call, get, post, rowsOf, aTenant, tokenOf } = api;

  it('logs in, says who it is, refreshes and logs out', async () => {
    const login = await post('auth/login', { email: 'OWNER@localhost', password: PASSWORD }, { token: null });
    expect(login).toEqual({ status: 200, body: { access_token: expect.any(String), refresh_token: expect.stringMatching(/^rt_/), token_type: 'bearer', expires_in: 1800 } });
    const token = String(login.body['access_token']);
    expect(await get('auth/me', token)).toMatchObject({ status: 200, body: { email: 'owner@localhost', roles: ['owner'], permissions: expect.arrayContaining(['tenants:credit', 'inference:internal']) } });
    const again = await post('auth/refresh', { refresh_token: login.body['refresh_token'] as string }, { token: null });
    expect(again).toMatchObject({ status: 200, body: { token_type: 'bearer' } });
    expect((await call('POST', 'auth/logout', { token })).status).toBe(204);
    await eventually('the end of the session', async () => (await get('auth/me', token)).status === 401, 1000);
    expect(await post('auth/refresh', { refresh_token: again.body['refresh_token'] as string }, { token: null })).toMatchObject({ status: 401, body: { code: 'INVALID_TOKEN' } });
  });

  it('answers errors in its own form, with the id of the request', async () => {
    expect(await post('auth/login', { email: 'owner@localhost', password: 'wrong' }, { token: null })).toEqual({
      status: 401,
      body: { code: 'INVALID_TOKEN', message: 'The e-mail address or the password is wrong.', source: 'client', trace_id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
  });

  it('lets nobody in without a token that is valid', async () => {
    for (const url of ['tenants', 'keys', 'usage', 'ledger', 'auth/me', `tenants/${randomUUID()}/balance`]) {
      expect(await call('GET', url, { token: null })).toMatchObject({ status: 401, body: { code: 'INVALID_TOKEN' } });
      expect((await get(url, `${api.owner}x`)).status).toBe(401);
    }
  });

  it('lets one end one’s own sessions one by one, and all others', async () => {
    const tenant = await aTenant();
    const email = `${randomUUID()}@example.com`;
    await api.users.create(SYSTEM, { tenantId: tenant.id, email, password: PASSWORD, roles: ['member'] });
    const signIn = async () => String((await post('auth/login', { email, password: PASSWORD }, { token: null })).body['access_token']);
    const [here, one, two] = [await signIn(), await signIn(), await signIn()];
    const listed = rowsOf(await get('auth/sessions', here));
    expect(listed.map(({ current }) => current)).toEqual([false, false, true]);
    expect((await call('DELETE', `auth/sessions/${String(listed[0]?.['id'])}`, { token: here })).status).toBe(204);
    await eventually('the end of it', async () => (await get('auth/me', two)).status === 401, 1000);
    expect((await get('auth/me', one)).status).toBe(200);
    expect((await call('DELETE', 'auth/sessions', { token: here })).status).toBe(204);
    await eventually('the end of the others', async () => (await get('auth/me', one)).status === 401, 1000);
    expect((await get('auth/me', here)).status).toBe(200);
    const stranger = await tokenOf(tenant.id, 'member');
    const own = String(rowsOf(await get('auth/sessions', here))[0]?.['id']);
    expect((await call('DELETE', `auth/sessions/${own}`, { token: stranger })).status).toBe(404);
  });
});
