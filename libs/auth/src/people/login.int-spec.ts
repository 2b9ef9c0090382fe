import { randomBytes, randomUUID } from 'node:crypto';
import { createDataSource, Desk, Sealer, SYSTEM, verifyAuditChain } from '@higress/database';
import { NO_LIMITS, Secret } from '@higress/kernel';
import { Announcements, openRedis } from '@higress/redis';
import { eventually, faultProxy, freshDatabase, redisUrl, type FaultProxy, type FreshDatabase } from '@higress/testing';
import type { DataSource } from 'typeorm';
import { TenantEditor } from '../directory/tenant-editor';
import { Tenants } from '../directory/tenants';
import { Standing } from '../directory/standing';
import { Users } from '../directory/users';
import { AccessTokens } from '../tokens/access-tokens';
import { Login } from './login';
import { LoginThrottle } from './login-throttle';
import { PasswordChanges } from './password-changes';
import { Passwords } from './passwords';
import { Sessions } from './sessions';

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
  let sessions: Sessions;
  let standing: Standing;
  let changes: PasswordChanges;
  let throttle: LoginThrottle;
  let desk: Desk;
  let annId: string;
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
    desk = new Desk({ dataSource, announce: (topic, payload) => announcements.publish(topic, payload) });
    throttle = new LoginThrottle(redis, prefix);
    login = new Login({ dataSource, desk, accessTokens: tokens, passwords, throttle, pepper, refreshLifeMs: 7 * DAY_MS });
    sessions = new Sessions(desk);
    standing = new Standing(desk);
    changes = new PasswordChanges({ dataSource, desk, passwords, throttle });
    users = new Users(desk, passwords);
    const tenant = await new Tenants(desk).create(SYSTEM, { name: 'acme', billing: 'internal', limits: NO_LIMITS });
    annId = (await users.create(SYSTEM, { tenantId: tenant.id, email: 'Ann@Example.com', password: PASSWORD, roles: ['admin'] })).user.id;
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

  it('takes as long for an unknown address as for a wrong password', async () => {
    const took = async (email: string, n: number) => {
      const startedAt = performance.now();
      await codeOf(login.login(email, 'wrong', { ip: `198.51.100.${n}`, userAgent: null }));
      return performance.now() - startedAt;
    };
    const [known, unknown]: [number[], number[]] = [[], []];
    for (let n = 0; n < 9; n++) {
      known.push(await took('ann@example.com', n));
      unknown.push(await took(`nobody-${n}@example.com`, 100 + n));
    }
    const median = (times: number[]) => times.sort((a, b) => a - b)[4] ?? 0;
    // Without the hashing an unknown address takes a tenth of the time; a busy machine does not make that of it.
    expect(median(unknown)).toBeGreaterThan(median(known) * 0.4);
  });

  it('tells a banned person so, and only with the right password', async () => {
    await dataSource.query(`update users set status = 'banned'`);
    expect(await codeOf(login.login('ann@example.com', 'wrong', visitor))).toBe('INVALID_TOKEN');
    expect(await codeOf(login.login('ann@example.com', PASSWORD, visitor))).toBe('FORBIDDEN');
  });

  const from = (ip: string) => ({ ip, userAgent: null });
  const failures = async (attempts: number, email: (n: number) => string, ip: (n: number) => string) => {
    const codes: string[] = [];
    for (let n = 0; n < attempts; n++) codes.push(await codeOf(login.login(email(n), 'wrong', from(ip(n)))));
    return codes;
  };

  it.each(['ann@example.com', 'nobody@example.com'])('lets an address guess five times at %s, and then wait, whether it exists or not', async (email) => {
    const codes = await failures(6, () => email, () => '192.0.2.9');
    expect(codes).toEqual([...Array.from({ length: 5 }, () => 'INVALID_TOKEN'), 'RATE_LIMIT_RPM']);
    const refused = await login.login(email, PASSWORD, from('192.0.2.9')).catch((error: { retryAfterMs?: number }) => error.retryAfterMs);
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThanOrEqual(1000);
  });

  it('makes all strangers of an account wait together, and never its owner where they have been before', async () => {
    await login.login('ann@example.com', PASSWORD, visitor);
    const codes = await failures(22, () => 'ANN@example.com', (n) => `198.51.100.${n}`);
    expect(codes.slice(0, 20)).not.toContain('RATE_LIMIT_RPM');
    expect(codes.slice(20)).toEqual(['RATE_LIMIT_RPM', 'RATE_LIMIT_RPM']);
    expect(await codeOf(login.login('ann@example.com', PASSWORD, from('203.0.113.1')))).toBe('RATE_LIMIT_RPM');
    expect(await codeOf(login.login('ann@example.com', PASSWORD, visitor))).toBe('ok');
    expect(await codeOf(login.login('bob@example.com', PASSWORD, from('203.0.113.1')))).toBe('INVALID_TOKEN');
  });

  it('makes a wait that was earned grow, and forgets nothing of it for one who tries meanwhile', async () => {
    const wait = async () => {
      const failed = await login.login('bob@example.com', 'wrong', from('192.0.2.9')).catch((error: { code: string; retryAfterMs?: number }) => error);
      return (failed as { retryAfterMs?: number }).retryAfterMs ?? 0;
    };
    await failures(5, () => 'bob@example.com', () => '192.0.2.9');
    expect(await wait()).toBeLessThanOrEqual(1000);
    await eventually('the end of the first wait', async () => (await wait()) === 0, 3000);
    expect(await wait()).toBeGreaterThan(1000);
  });

  it('ends a flood from one address over many accounts, even without Redis', async () => {
    await redisProxy.shut();
    const codes = await failures(31, (n) => `nobody-${n}@example.com`, () => '192.0.2.9');
    expect(codes.at(-1)).toBe('RATE_LIMIT_RPM');
    expect(codes.filter((code) => code === 'INVALID_TOKEN')).toHaveLength(30);
  });

  it('counts only failures against an address', async () => {
    for (let n = 0; n < 35; n++) await login.login('ann@example.com', PASSWORD, visitor);
    expect(await codeOf(login.login('ann@example.com', PASSWORD, visitor))).toBe('ok');
  });

  it('forgets mistakes on an account after a right password', async () => {
    for (let round = 0; round < 3; round++) {
      await failures(4, () => 'ann@example.com', () => visitor.ip);
      expect(await codeOf(login.login('ann@example.com', PASSWORD, visitor))).toBe('ok');
    }
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
    expect(await codeOf(login.refresh(first.refreshToken, { ...visitor, ip: '203.0.113.5' }))).toBe('INVALID_TOKEN');
    expect(await codeOf(login.refresh(second.refreshToken, visitor))).toBe('INVALID_TOKEN');
    await eventually('the refusal of its access tokens', async () => (await codeOf(tokens.verify(second.accessToken))) === 'INVALID_TOKEN', 1000);
    expect(await dataSource.query('select revoked_reason from sessions')).toEqual([{ revoked_reason: 'a refresh token was used twice' }]);
  });

  it('gives a client that asks twice at once, or again within ten seconds, the same refresh token', async () => {
    const { refreshToken } = await login.login('ann@example.com', PASSWORD, visitor);
    const [one, two] = await Promise.all([login.refresh(refreshToken, visitor), login.refresh(refreshToken, visitor)]);
    const three = await login.refresh(refreshToken, visitor);
    expect(new Set([one.refreshToken, two.refreshToken, three.refreshToken]).size).toBe(1);
    expect(await codeOf(login.refresh(one.refreshToken, visitor))).toBe('ok');
  });

  it.each([
    ['from another address', { ...visitor, ip: '203.0.113.5' }, '0 s'],
    ['from another program', { ...visitor, userAgent: 'curl' }, '0 s'],
    ['after ten seconds', visitor, '11 s'],
  ])('takes a token that comes again %s for stolen', async (_, thief, later) => {
    const { refreshToken } = await login.login('ann@example.com', PASSWORD, visitor);
    const next = await login.refresh(refreshToken, visitor);
    await dataSource.query('update sessions set rotated_at = rotated_at - $1::interval', [later]);
    expect(await codeOf(login.refresh(refreshToken, thief))).toBe('INVALID_TOKEN');
    expect(await codeOf(login.refresh(next.refreshToken, visitor))).toBe('INVALID_TOKEN');
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
    await sessions.end(one?.asSelf({}) ?? SYSTEM, one?.sessionId ?? '', 'logout');
    await eventually('the end of the first', async () => (await codeOf(tokens.verify(pairs[0]?.accessToken ?? ''))) === 'INVALID_TOKEN', 1000);
    expect(await codeOf(login.refresh(pairs[0]?.refreshToken ?? '', visitor))).toBe('INVALID_TOKEN');
    expect(await codeOf(tokens.verify(pairs[1]?.accessToken ?? ''))).toBe('ok');
    await sessions.endAll(other?.asSelf({}) ?? SYSTEM, other?.userId ?? '', other?.tenantId ?? '', 'logout-all');
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

  it('writes sign-ins into the audit, refused ones too, and nothing that was typed', async () => {
    await login.login('ann@example.com', PASSWORD, { ...visitor, requestId: '0192b3c4-0000-7000-8000-000000000001' });
    await codeOf(login.login('ann@example.com', 'a canary that was typed', visitor));
    await codeOf(login.login('a canary that was typed', 'x', visitor));
    const entries = () => dataSource.query<{ action: string }[]>(`select action, actor_id, subject_id, tenant_id is null as platform, ip, request_id, after ->> 'reason' as reason from audit_entries where action like 'session.%' order by at`);
    await eventually('the entries', async () => (await entries()).length === 3);
    const rows = await entries();
    expect(rows).toContainEqual({ action: 'session.opened', actor_id: annId, subject_id: expect.any(String), platform: false, ip: visitor.ip, request_id: '0192b3c4-0000-7000-8000-000000000001', reason: null });
    expect(rows).toContainEqual({ action: 'session.refused', actor_id: null, subject_id: annId, platform: false, ip: visitor.ip, request_id: null, reason: 'the password is wrong' });
    expect(rows).toContainEqual({ action: 'session.refused', actor_id: null, subject_id: null, platform: true, ip: visitor.ip, request_id: null, reason: 'there is no such account' });
    expect(JSON.stringify(await dataSource.query('select a::text from audit_entries a'))).not.toContain('canary');
  });

  it('signs a banned person out within a second, and lets them in again when the ban ends', async () => {
    const pair = await login.login('ann@example.com', PASSWORD, visitor);
    await tokens.verify(pair.accessToken);
    await standing.ban(SYSTEM, annId, 'left');
    await eventually('the end of the session', async () => (await codeOf(tokens.verify(pair.accessToken))) === 'INVALID_TOKEN', 1000);
    expect(await codeOf(login.refresh(pair.refreshToken, visitor))).toBe('INVALID_TOKEN');
    expect(await codeOf(login.login('ann@example.com', PASSWORD, visitor))).toBe('FORBIDDEN');
    await standing.unban(SYSTEM, annId);
    expect(await codeOf(login.login('ann@example.com', PASSWORD, visitor))).toBe('ok');
    expect(await codeOf(tokens.verify(pair.accessToken))).toBe('INVALID_TOKEN');
  });

  it('feels new roles within a second', async () => {
    const { accessToken } = await login.login('ann@example.com', PASSWORD, visitor);
    expect((await tokens.verify(accessToken)).may('keys:write')).toBe(true);
    await standing.setRoles(SYSTEM, annId, ['auditor']);
    await eventually('the new role', async () => !(await tokens.verify(accessToken)).may('keys:write'), 1000);
  });

  it('keeps the last owner, however many are ended at once', async () => {
    const [{ id: tenantId }] = (await dataSource.query('select id from tenants')) as [{ id: string }];
    const owners = await Promise.all([1, 2].map((n) => users.create(SYSTEM, { tenantId, email: `owner-${n}@example.com`, password: PASSWORD, roles: ['owner'] })));
    const [one, two] = owners.map(({ user }) => user.id) as [string, string];
    const codes = await Promise.all([standing.ban(SYSTEM, one, null), standing.setRoles(SYSTEM, two, ['admin'])].map(codeOf));
    expect(codes.sort()).toEqual(['CONFLICT', 'ok']);
  });

  it('takes nobody for another owner who is banned, or whose tenant is disabled', async () => {
    const owner = async (name: string) => {
      const tenant = await new Tenants(desk).create(SYSTEM, { name, billing: 'internal', limits: NO_LIMITS });
      return { tenantId: tenant.id, id: (await users.create(SYSTEM, { tenantId: tenant.id, email: `${name}@example.com`, password: PASSWORD, roles: ['owner'] })).user.id };
    };
    const [one, two] = [await owner('one'), await owner('two')];
    const editor = new TenantEditor(desk);
    const codes = await Promise.all([one, two].map(({ tenantId }) => codeOf(editor.change(SYSTEM, tenantId, { status: 'disabled' }))));
    expect(codes.sort()).toEqual(['CONFLICT', 'ok']);
    const [left] = (await dataSource.query(`select id, tenant_id from users where id = any ($1) and tenant_id in (select id from tenants where status = 'active')`, [[one.id, two.id]])) as [{ id: string; tenant_id: string }];
    expect(await codeOf(standing.ban(SYSTEM, left.id, null))).toBe('CONFLICT');
    expect(await codeOf(standing.setRoles(SYSTEM, left.id, ['admin']))).toBe('CONFLICT');
    await dataSource.query(`update tenants set status = 'disabled' where id = $1`, [left.tenant_id]);
    for (const { id } of [one, two]) expect(await codeOf(standing.ban(SYSTEM, id, null))).toBe('CONFLICT');
  });

  it('changes a password by the old one, and ends every other session', async () => {
    const [here, there] = [await login.login('ann@example.com', PASSWORD, visitor), await login.login('ann@example.com', PASSWORD, visitor)];
    const me = await tokens.verify(here.accessToken);
    expect(await codeOf(changes.change(me.asSelf({ ip: visitor.ip }), me, 'wrong', 'another long password'))).toBe('FORBIDDEN');
    await changes.change(me.asSelf({ ip: visitor.ip }), me, PASSWORD, 'another long password');
    expect(await codeOf(login.refresh(here.refreshToken, visitor))).toBe('ok');
    expect(await codeOf(login.refresh(there.refreshToken, visitor))).toBe('INVALID_TOKEN');
    expect(await codeOf(login.login('ann@example.com', PASSWORD, visitor))).toBe('INVALID_TOKEN');
    expect(await codeOf(login.login('ann@example.com', 'another long password', visitor))).toBe('ok');
  });

  it('gives an address back nothing of what it tried on other accounts when its password is changed', async () => {
    const { accessToken } = await login.login('ann@example.com', PASSWORD, visitor);
    const me = await tokens.verify(accessToken);
    const codes = await failures(32, (n) => `nobody-${n}@example.com`, () => visitor.ip);
    expect(codes.at(-1)).toBe('RATE_LIMIT_RPM');
    await changes.change(me.asSelf({ ip: visitor.ip }), me, PASSWORD, 'another long password');
    expect(await codeOf(login.login('nobody@example.com', 'wrong', visitor))).toBe('RATE_LIMIT_RPM');
  });

  it('knows the owner again anywhere in the /64 of a place they have signed in from', async () => {
    await login.login('ann@example.com', PASSWORD, from('2001:db8:1:2:3:4:5:6'));
    await failures(21, () => 'ann@example.com', (n) => `198.51.100.${n}`);
    expect(await codeOf(login.login('ann@example.com', PASSWORD, from('2001:db8:1:3::1')))).toBe('RATE_LIMIT_RPM');
    expect(await codeOf(login.login('ann@example.com', PASSWORD, from('2001:db8:1:2:ffff::1')))).toBe('ok');
  });

  it('cannot be used to guess the current password', async () => {
    const me = await tokens.verify((await login.login('ann@example.com', PASSWORD, visitor)).accessToken);
    const codes: string[] = [];
    for (let n = 0; n < 6; n++) codes.push(await codeOf(changes.change(me.asSelf({ ip: visitor.ip }), me, 'wrong', 'another long password')));
    expect(codes.at(-1)).toBe('RATE_LIMIT_RPM');
  });

  it('sets a password by a reset token once, within a day, and ends every session', async () => {
    const { refreshToken } = await login.login('ann@example.com', PASSWORD, visitor);
    const [old, { token }] = [await changes.issueReset(SYSTEM, annId), await changes.issueReset(SYSTEM, annId)];
    expect(token).toMatch(/^pr_[0-9A-Za-z]{43}$/);
    for (const bad of [old.token, `${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`, '', 'pr_']) expect(await codeOf(changes.redeem(bad, 'another long password', visitor))).toBe('INVALID_TOKEN');
    const codes = await Promise.all([1, 2].map(() => codeOf(changes.redeem(token, 'another long password', visitor))));
    expect(codes.sort()).toEqual(['INVALID_TOKEN', 'ok']);
    expect(await codeOf(login.refresh(refreshToken, visitor))).toBe('INVALID_TOKEN');
    expect(await codeOf(login.login('ann@example.com', 'another long password', visitor))).toBe('ok');
    const late = await changes.issueReset(SYSTEM, annId);
    await dataSource.query(`update password_resets set expires_at = now() - interval '1 s' where used_at is null`);
    expect(await codeOf(changes.redeem(late.token, PASSWORD, visitor))).toBe('INVALID_TOKEN');
    const text = JSON.stringify([await dataSource.query('select a::text from audit_entries a'), await dataSource.query('select p::text from password_resets p')]);
    for (const secret of [token, old.token, 'another long password']) expect(text).not.toContain(secret);
  });

  it('ends the tokens that were handed out for somebody who becomes an owner, changes their password or is banned', async () => {
    const [{ id: tenantId }] = (await dataSource.query('select id from tenants')) as [{ id: string }];
    await users.create(SYSTEM, { tenantId, email: 'owner@example.com', password: PASSWORD, roles: ['owner'] });
    const me = await tokens.verify((await login.login('ann@example.com', PASSWORD, visitor)).accessToken);
    const endings = [
      () => changes.change(me.asSelf({ ip: visitor.ip }), me, PASSWORD, 'another long password'), () => standing.setRoles(SYSTEM, annId, ['owner']),
      () => standing.ban(SYSTEM, annId, null).then(() => standing.unban(SYSTEM, annId)),
    ];
    for (const end of endings) {
      const { token } = await changes.issueReset(SYSTEM, annId);
      await end();
      expect(await codeOf(changes.redeem(token, 'a third long password', visitor))).toBe('INVALID_TOKEN');
    }
  });

  it.each([`password_hash = 'other'`, `status = 'banned'`])('opens no session for a login that was on its way when %s came', async (change) => {
    // Held where it stands between the password, which was right, and the session.
    const gate = dataSource.createQueryRunner();
    await gate.startTransaction();
    await gate.query(`update users set ${change}`);
    const code = codeOf(login.login('ann@example.com', PASSWORD, visitor));
    await eventually('the login, waiting for the person', async () => (await dataSource.query<unknown[]>(`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%for share%'`)).length === 1);
    await gate.commitTransaction();
    await gate.release();
    expect(await code).toBe('INVALID_TOKEN');
    expect(await dataSource.query('select 1 from sessions')).toEqual([]);
  });

  it('lets nobody but an owner come near an owner', async () => {
    const [{ id: tenantId }] = (await dataSource.query('select id from tenants')) as [{ id: string }];
    const { user } = await users.create(SYSTEM, { tenantId, email: 'owner@example.com', password: PASSWORD, roles: ['owner'] });
    const admin = { ...SYSTEM, actor: { kind: 'user' as const, id: annId }, tenantId };
    const { sessionId } = await tokens.verify((await login.login('owner@example.com', PASSWORD, visitor)).accessToken);
    const attempts = [
      () => changes.issueReset(admin, user.id), () => standing.ban(admin, user.id, null), () => standing.setRoles(admin, user.id, ['member']), () => standing.setRoles(admin, annId, ['owner']),
      () => users.changeEmail(admin, user.id, 'mine@example.com', () => undefined), () => users.create(admin, { tenantId, email: 'x@example.com', password: PASSWORD, roles: ['owner'] }), () => sessions.end(admin, sessionId, 'x'),
    ];
    for (const attempt of attempts) expect(await codeOf(attempt())).toBe('FORBIDDEN');
    expect(await users.get(SYSTEM, user.id)).toMatchObject({ user: { email: 'owner@example.com', status: 'active' }, roles: ['owner'] });
    expect((await users.get(SYSTEM, annId)).roles).toEqual(['admin']);
  });
});
