import { randomBytes, randomUUID } from 'node:crypto';
import { createDataSource, Desk, Sealer, SYSTEM, verifyAuditChain } from '@higress/database';
import { NO_LIMITS, Secret } from '@higress/kernel';
import { Announcements, openRedis } from '@higress/redis';
import { eventually, faultProxy, freshDatabase, redisUrl, type FaultProxy, type FreshDatabase } from '@higress/testing';
import type { DataSource } from 'typeorm';
import { Tenants } from '../directory/tenants';
import { Users } from '../directory/users';
import { AccessTokens } from '../tokens/access-tokens';
import { Login } from './login';
import { LoginThrottle } from './login-throttle';
import { Passwords } from './passwords';

const pepper = randomBytes(32);
const sealer = new Sealer(new Map([[1, randomBytes(32)]]));
const DAY_MS = 86_400_000;
const PASSWORD = 'correct horse battery';
const visitor = { ip: '192.0.2.7', userAgent: 'spec' };
const codeOf = (promise: Promise<unknown>) => promise.then(() => 'ok', (error: { code?: string }) => error.code ?? String(error));

describe('Login', () => {
  let database: FreshDatabase;
  let redisProxy: FaultProxy;
  let dataSource: DataSource;
  let tokens: AccessTokens;
  let login: Login;
  let users: Users;
  let closing: (() => unknown)[];
  const passwords = new Passwords();

  beforeEach(async () => {
    const prefix = `spec:${randomUUID()}:`;
    database = await freshDatabase();
    redisProxy = await faultProxy({ target: redisUrl() });
    dataSource = await createDataSource({ url: database.url, name: 'spec', poolSize: 4, statementTimeoutMs: 5000 }).initialize();
    const [redis, subscriber] = [openRedis(redisProxy.url, { role: 'request', name: 'spec' }), openRedis(redisProxy.url, { role: 'subscriber', name: 'spec' })];
    const announcements = new Announcements(redis, subscriber, prefix);
    closing = [() => dataSource.destroy(), () => announcements.close(), () => redis.disconnect(), () => subscriber.disconnect()];
    tokens = new AccessTokens({ dataSource, sealer, announcements, algorithm: 'HS256', secret: new Secret('s'.repeat(32)), issuer: 'i', audience: 'a', lifeSeconds: 60 });
    login = new Login({ dataSource, accessTokens: tokens, passwords, throttle: new LoginThrottle(redis, prefix), announcements, pepper, refreshLifeMs: 7 * DAY_MS });
    const desk = new Desk({ dataSource, announce: (topic, payload) => announcements.publish(topic, payload) });
    users = new Users(desk, passwords);
    const tenant = await new Tenants(desk).create(SYSTEM, { name: 'acme', billing: 'internal', limits: NO_LIMITS });
    await users.create(SYSTEM, { tenantId: tenant.id, email: 'Ann@Example.com', password: PASSWORD, roles: ['admin'] });
    await eventually('the subscription', () => announcements.connected);
  });
  afterEach(async () => {
    await Promise.all(closing.map((close) => close()));
    await redisProxy.close();
    await database.drop();
  });

  it('gives a pair of tokens for a right password, whatever the case of the address', async () => {
    const pair = await login.login(' ann@example.COM', PASSWORD, visitor);
    expect(pair).toMatchObject({ expiresInSeconds: 60, refreshToken: expect.stringMatching(/^rt_/) });
    expect(await tokens.verify(pair.accessToken)).toMatchObject({ email: 'Ann@Example.com', roles: ['admin'] });
    const [session] = await dataSource.query<Record<string, unknown>[]>('select ip, user_agent, s::text as text from sessions s');
    expect(session).toMatchObject({ ip: '192.0.2.7', user_agent: 'spec' });
    expect(session?.['text']).not.toContain(pair.refreshToken);
  });

  it('says the same of a wrong password and an unknown address', async () => {
    const say = (email: string, password: string) => login.login(email, password, visitor).catch(({ code, message }: { code: string; message: string }) => ({ code, message }));
    expect(await say('ann@example.com', 'wrong')).toEqual(await say('bob@example.com', PASSWORD));
    expect(await say('ann@example.com', 'wrong')).toMatchObject({ code: 'INVALID_TOKEN' });
  });

  it('tells a banned person so, and only with the right password', async () => {
    await dataSource.query(`update users set status = 'banned'`);
    expect(await codeOf(login.login('ann@example.com', 'wrong', visitor))).toBe('INVALID_TOKEN');
    expect(await codeOf(login.login('ann@example.com', PASSWORD, visitor))).toBe('FORBIDDEN');
  });

  it('ends a flood of guesses on one account, and is there for the others', async () => {
    const guess = (n: number) => codeOf(login.login('ann@example.com', 'wrong', { ip: `192.0.2.${n}`, userAgent: null }));
    const codes = await Promise.all(Array.from({ length: 12 }, (_, n) => guess(n)));
    expect(codes.filter((code) => code === 'RATE_LIMIT_RPM')).toHaveLength(2);
    expect(await codeOf(login.login('ANN@example.com', PASSWORD, visitor))).toBe('RATE_LIMIT_RPM');
    expect(await codeOf(login.login('bob@example.com', PASSWORD, visitor))).toBe('INVALID_TOKEN');
  });

  it('ends a flood from one address, even without Redis', async () => {
    await redisProxy.shut();
    const codes: string[] = [];
    for (let n = 0; n < 31; n++) codes.push(await codeOf(login.login(`nobody-${n}@example.com`, 'x', visitor)));
    expect(codes.at(-1)).toBe('RATE_LIMIT_RPM');
    expect(codes.filter((code) => code === 'INVALID_TOKEN')).toHaveLength(30);
  });

  it('forgets mistakes after a right password', async () => {
    for (let n = 0; n < 9; n++) await codeOf(login.login('ann@example.com', 'wrong', visitor));
    await login.login('ann@example.com', PASSWORD, visitor);
    expect(await codeOf(login.login('ann@example.com', 'wrong', visitor))).toBe('INVALID_TOKEN');
    expect(await codeOf(login.login('ann@example.com', PASSWORD, visitor))).toBe('ok');
  });

  it('rotates the refresh token at every use', async () => {
    const first = await login.login('ann@example.com', PASSWORD, visitor);
    const second = await login.refresh(first.refreshToken, visitor);
    const third = await login.refresh(second.refreshToken, visitor);
    expect(new Set([first.refreshToken, second.refreshToken, third.refreshToken]).size).toBe(3);
    expect((await tokens.verify(third.accessToken)).sessionId).toBe((await tokens.verify(first.accessToken)).sessionId);
    expect(await dataSource.query('select generation from sessions')).toEqual([{ generation: 2 }]);
  });

  it('revokes the whole session when a refresh token comes a second time, for the holder of the newer one too', async () => {
    const first = await login.login('ann@example.com', PASSWORD, visitor);
    const second = await login.refresh(first.refreshToken, visitor);
    await tokens.verify(second.accessToken);
    expect(await codeOf(login.refresh(first.refreshToken, visitor))).toBe('INVALID_TOKEN');
    expect(await codeOf(login.refresh(second.refreshToken, visitor))).toBe('INVALID_TOKEN');
    await eventually('the refusal of its access tokens', async () => (await codeOf(tokens.verify(second.accessToken))) === 'INVALID_TOKEN', 1000);
    expect(await dataSource.query('select revoked_reason from sessions')).toEqual([{ revoked_reason: 'a refresh token was used twice' }]);
  });

  it('lets only one of two refreshes at the same time pass', async () => {
    const { refreshToken } = await login.login('ann@example.com', PASSWORD, visitor);
    const codes = await Promise.all([login.refresh(refreshToken, visitor), login.refresh(refreshToken, visitor)].map(codeOf));
    expect(codes.sort()).toEqual(['INVALID_TOKEN', 'ok']);
  });

  it('does not revoke a session for a token that we never made', async () => {
    const { refreshToken } = await login.login('ann@example.com', PASSWORD, visitor);
    const invented = refreshToken.slice(0, 30) + 'A'.repeat(refreshToken.length - 30);
    for (const odd of [invented, '', 'rt_', 'sk-x']) expect(await codeOf(login.refresh(odd, visitor))).toBe('INVALID_TOKEN');
    expect(await codeOf(login.refresh(refreshToken, visitor))).toBe('ok');
  });

  it('does not refresh what has expired, nor for a banned person', async () => {
    const [old, banned] = [await login.login('ann@example.com', PASSWORD, visitor), await login.login('ann@example.com', PASSWORD, visitor)];
    const { sessionId } = await tokens.verify(old.accessToken);
    await dataSource.query(`update sessions set expires_at = now() - interval '1 s' where id = $1`, [sessionId]);
    expect(await codeOf(login.refresh(old.refreshToken, visitor))).toBe('TOKEN_EXPIRED');
    await dataSource.query(`update users set status = 'banned'`);
    expect(await codeOf(login.refresh(banned.refreshToken, visitor))).toBe('INVALID_TOKEN');
  });

  it('logs out of one session, or of all, within a second', async () => {
    const pairs = [await login.login('ann@example.com', PASSWORD, visitor), await login.login('ann@example.com', PASSWORD, visitor)];
    const [one, other] = await Promise.all(pairs.map(({ accessToken }) => tokens.verify(accessToken)));
    await login.logout(one?.sessionId ?? '');
    await eventually('the end of the first', async () => (await codeOf(tokens.verify(pairs[0]?.accessToken ?? ''))) === 'INVALID_TOKEN', 1000);
    expect(await codeOf(login.refresh(pairs[0]?.refreshToken ?? '', visitor))).toBe('INVALID_TOKEN');
    expect(await codeOf(tokens.verify(pairs[1]?.accessToken ?? ''))).toBe('ok');
    await login.logoutAll(other?.userId ?? '');
    await eventually('the end of the second', async () => (await codeOf(tokens.verify(pairs[1]?.accessToken ?? ''))) === 'INVALID_TOKEN', 1000);
  });

  it('makes the first owner once, however many start together', async () => {
    const made = await Promise.all(Array.from({ length: 3 }, () => users.bootstrapOwner({ email: 'owner@localhost' })));
    const [owner] = made.filter((one) => one !== null);
    expect(made.filter((one) => one !== null)).toHaveLength(1);
    expect(owner?.generatedPassword).toMatch(/^[0-9A-Za-z]{20}$/);
    expect(await users.bootstrapOwner({ email: 'second@localhost', password: PASSWORD })).toBeNull();
    const pair = await login.login('owner@localhost', owner?.generatedPassword ?? '', visitor);
    expect(await tokens.verify(pair.accessToken)).toMatchObject({ roles: ['owner'] });
    expect(await dataSource.query(`select billing from tenants where name = 'platform'`)).toEqual([{ billing: 'internal' }]);
  });

  it('refuses a second user with the same address, and writes what it did into a whole audit chain', async () => {
    const [{ id: tenantId }] = (await dataSource.query('select id from tenants')) as [{ id: string }];
    const again = { tenantId, email: 'ANN@example.com', password: PASSWORD, roles: ['member' as const] };
    expect(await codeOf(users.create(SYSTEM, again))).toBe('CONFLICT');
    await Promise.all(Array.from({ length: 4 }, (_, n) => users.create(SYSTEM, { ...again, email: `user-${n}@example.com` })));
    expect(await verifyAuditChain(dataSource.manager, tenantId)).toBeNull();
    const text = JSON.stringify(await dataSource.query('select a::text from audit_entries a'));
    expect(text).toContain('user-3@example.com');
    expect(text).not.toMatch(/argon2|horse/);
  });
});
