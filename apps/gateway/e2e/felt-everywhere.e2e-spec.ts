import { eventually, runCtl } from '@higress/testing';
import { decodeProtectedHeader } from 'jose';
import { type House, openHouse } from './open-house';

const PASSWORD = 'a long enough password';

describe('what one pod is told about people', () => {
  let house: House;
  let owner: string;
  let tenantId: string;

  const signIn = async (email: string, password: string) => {
    const answer = await house.post('/api/v1/auth/login', { email, password });
    return String(((await answer.json()) as { access_token?: string }).access_token);
  };
  const here = async (path: string, body: object = {}) => {
    const answer = await house.post(`/api/v1/${path}`, body, { authorization: `Bearer ${owner}` });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  /** On the other pod. */
  const there = async (path: string, token: string) => (await fetch(`${house.gateways[1]?.url}${path}`, { headers: { authorization: `Bearer ${token}` } })).status;

  beforeAll(async () => {
    house = await openHouse({ gateways: 2 });
    owner = await signIn('owner@example.test', 'owner-password-for-tests');
    tenantId = (await house.sql<{ id: string }>(`select id from tenants where name = 'acme'`))[0]?.id ?? '';
  });
  afterAll(() => house.close());

  it('is felt on another within a second: a ban, by tokens and keys alike, and its end', async () => {
    const { body: person } = await here('users', { tenant_id: tenantId, email: 'ann@example.test', password: PASSWORD, roles: ['member'] });
    const { body: made } = await here('keys', { tenant_id: tenantId, name: 'of ann', owner_user_id: person['id'] });
    const [token, key] = [await signIn('ann@example.test', PASSWORD), String(made['key'])];
    expect([await there('/api/v1/auth/me', token), await there('/v1/models', key)]).toEqual([200, 200]);
    expect((await here(`users/${String(person['id'])}/ban`)).status).toBe(200);
    await eventually('the ban', async () => (await there('/api/v1/auth/me', token)) === 401 && (await there('/v1/models', key)) === 401, 1000);
    expect((await here(`users/${String(person['id'])}/unban`)).status).toBe(200);
    await eventually('its end', async () => (await there('/v1/models', key)) === 200, 1000);
    expect(await there('/api/v1/auth/me', token)).toBe(401);
  });

  it('is felt on another within a second: a role', async () => {
    const { body: person } = await here('users', { tenant_id: tenantId, email: 'bob@example.test', password: PASSWORD, roles: ['admin'] });
    const token = await signIn('bob@example.test', PASSWORD);
    expect(await there('/api/v1/users', token)).toBe(200);
    await here(`users/${String(person['id'])}/roles`, { roles: ['member'] });
    await eventually('the lesser role', async () => (await there('/api/v1/users', token)) === 403, 1000);
    await here(`users/${String(person['id'])}/roles`, { roles: ['auditor'] });
    await eventually('the other role', async () => (await there('/api/v1/audit', token)) === 200, 1000);
  });

  it('is felt on another within a second: the end of all sessions but one', async () => {
    await here('users', { tenant_id: tenantId, email: 'eve@example.test', password: PASSWORD });
    const [one, two] = [await signIn('eve@example.test', PASSWORD), await signIn('eve@example.test', PASSWORD)];
    expect([await there('/api/v1/auth/me', one), await there('/api/v1/auth/me', two)]).toEqual([200, 200]);
    const changed = await house.post('/api/v1/auth/password', { current_password: PASSWORD, new_password: `${PASSWORD}!` }, { authorization: `Bearer ${one}` });
    expect(changed.status).toBe(204);
    await eventually('the end of the other', async () => (await there('/api/v1/auth/me', two)) === 401, 1000);
    expect(await there('/api/v1/auth/me', one)).toBe(200);
  });

  it('is felt on all within a second: another pair of keys, and nobody is signed out', async () => {
    const { code } = await runCtl(['keys', 'rotate-jwt'], { ...house.env, JWT_SECRET_KEY: house.gateway.env['JWT_SECRET_KEY'] as string });
    expect(code).toBe(0);
    const before = decodeProtectedHeader(owner).kid;
    await eventually('the new key', async () => decodeProtectedHeader(await signIn('owner@example.test', 'owner-password-for-tests')).kid !== before, 2000);
    const fresh = await signIn('owner@example.test', 'owner-password-for-tests');
    expect([await there('/api/v1/auth/me', fresh), await there('/api/v1/auth/me', owner)]).toEqual([200, 200]);
  });
});
