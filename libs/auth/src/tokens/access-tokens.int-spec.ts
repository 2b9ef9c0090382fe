import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { createDataSource, Desk, Sealer, SYSTEM } from '@higress/database';
import { NO_LIMITS, Secret, uuidv7, type BillingMode } from '@higress/kernel';
import { Announcements, openRedis } from '@higress/redis';
import { eventually, faultProxy, freshDatabase, redisUrl, type FaultProxy, type FreshDatabase } from '@higress/testing';
import { base64url, decodeProtectedHeader, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import type { DataSource } from 'typeorm';
import { Tenants } from '../directory/tenants';
import { Users } from '../directory/users';
import type { Role } from '../permissions';
import { Passwords } from '../people/passwords';
import { AccessTokens, type AccessTokensOptions } from './access-tokens';
import { rotateSharedKeys } from './signing-keys';

const sealer = new Sealer(new Map([[1, randomBytes(32)]]));
const SECRET = 'a secret of at least thirty-two characters';
const pem = (bits = 2048) => generateKeyPairSync('rsa', { modulusLength: bits, privateKeyEncoding: { type: 'pkcs1', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });
const ours = pem();
const theirs = pem();
const codeOf = (promise: Promise<unknown>) => promise.then(() => 'ok', (error: { code?: string }) => error.code ?? String(error));

describe('AccessTokens', () => {
  let database: FreshDatabase;
  let postgres: FaultProxy;
  let dataSource: DataSource;
  let behindProxy: DataSource;
  let announcements: Announcements;
  let prefix: string;
  let closing: (() => unknown)[];

  const open = (options: Partial<AccessTokensOptions> = {}) =>
    new AccessTokens({ dataSource: behindProxy, sealer, announcements, algorithm: 'RS256', secret: new Secret(SECRET), issuer: 'ai-higress', audience: 'ai-higress', lifeSeconds: 60, ...options });
  const aSession = async ({ billing = 'internal', roles = ['member'] }: { billing?: BillingMode; roles?: Role[] } = {}) => {
    const desk = new Desk({ dataSource, announce: async () => undefined });
    const tenant = await new Tenants(desk).create(SYSTEM, { name: randomUUID(), billing, limits: NO_LIMITS });
    const { user } = await new Users(desk, new Passwords()).create(SYSTEM, { tenantId: tenant.id, email: `${randomUUID()}@example.com`, password: 'long enough', roles });
    const sessionId = uuidv7();
    await dataSource.query(`insert into sessions (id, user_id, refresh_digest, expires_at) values ($1, $2, $3, now() + interval '7 days')`, [sessionId, user.id, randomBytes(32)]);
    return { sessionId, userId: user.id, tenantId: tenant.id, roles };
  };

  beforeEach(async () => {
    closing = [];
    prefix = `spec:${randomUUID()}:`;
    database = await freshDatabase();
    postgres = await faultProxy({ target: database.url });
    const pool = (url: string) => createDataSource({ url, name: 'spec', poolSize: 4, statementTimeoutMs: 2000, connectTimeoutMs: 10_000 }).initialize();
    [dataSource, behindProxy] = await Promise.all([pool(database.url), pool(postgres.url)]);
    const [redis, subscriber] = [openRedis(redisUrl(), { role: 'request', name: 'spec' }), openRedis(redisUrl(), { role: 'subscriber', name: 'spec' })];
    announcements = new Announcements(redis, subscriber, prefix);
    closing.push(() => dataSource.destroy(), () => behindProxy.destroy(), () => announcements.close(), () => redis.disconnect(), () => subscriber.disconnect());
  });
  afterEach(async () => {
    await Promise.all(closing.map((close) => close()));
    await postgres.close();
    await database.drop();
  });

  it('says who presents a token', async () => {
    const tokens = open({ privatePem: ours.privateKey });
    const session = await aSession({ roles: ['admin'], billing: 'prepaid' });
    const { token, expiresInSeconds } = await tokens.issue(session);
    const identity = await tokens.verify(token);
    expect(expiresInSeconds).toBe(60);
    expect(identity).toMatchObject({ ...session, roles: ['admin'] });
    const from = { ip: '192.0.2.7', requestId: null };
    expect(identity.as('keys:write', from)).toEqual({ actor: { kind: 'user', id: session.userId, ...from }, tenantId: session.tenantId, ownerId: null });
    expect(() => identity.as('tenants:write', from)).toThrow('You may not do this.');
  });

  it('lets owners and people of internal tenants onto the internal channel, and nobody else', async () => {
    const tokens = open({ privatePem: ours.privateKey });
    const identityOf = async (session: Awaited<ReturnType<typeof aSession>>) => tokens.verify((await tokens.issue(session)).token);
    const owner = await identityOf(await aSession({ roles: ['owner'], billing: 'postpaid' }));
    const colleague = await identityOf(await aSession({ roles: ['member'], billing: 'internal' }));
    const customer = await identityOf(await aSession({ roles: ['admin'], billing: 'prepaid' }));
    expect(owner.inference).toMatchObject({ channel: 'internal', keyId: null, userId: owner.userId, tenantId: owner.tenantId, billing: 'postpaid' });
    expect(colleague.inference).toMatchObject({ channel: 'internal', userId: colleague.userId });
    expect(() => customer.inference).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
  });

  it('publishes the keys that verify its tokens, and nothing private', async () => {
    const tokens = open({ privatePem: ours.privateKey, publicPems: [ours.publicKey, theirs.publicKey] });
    const { keys } = await tokens.jwks();
    const { token } = await tokens.issue(await aSession());
    expect(keys.map(({ kid }) => kid)).toContain(decodeProtectedHeader(token).kid);
    expect(keys).toHaveLength(2);
    for (const key of keys) expect(Object.keys(key).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    expect((await open({ algorithm: 'HS256' }).jwks()).keys).toEqual([]);
  });

  describe('refuses', () => {
    const claims = (session: Awaited<ReturnType<typeof aSession>>, more: JWTPayload = {}): JWTPayload => ({ typ: 'access', sid: session.sessionId, jti: uuidv7(), sub: session.userId, ...more });
    const forge = async (header: { alg: string; kid?: string }, payload: JWTPayload, key: Parameters<SignJWT['sign']>[0], { issuer = 'ai-higress', audience = 'ai-higress', expires = '60 s' } = {}) =>
      new SignJWT(payload).setProtectedHeader(header).setIssuer(issuer).setAudience(audience).setIssuedAt().setExpirationTime(expires).sign(key);
    let tokens: AccessTokens;
    let session: Awaited<ReturnType<typeof aSession>>;
    let kid: string;
    let sign: Parameters<SignJWT['sign']>[0];

    beforeEach(async () => {
      tokens = open({ privatePem: ours.privateKey });
      session = await aSession();
      kid = String((await tokens.jwks()).keys[0]?.kid);
      sign = createPrivateKey(ours.privateKey);
      expect(await codeOf(tokens.verify(await forge({ alg: 'RS256', kid }, claims(session), sign)))).toBe('ok');
    });

    it('a token without a signature', async () => {
      const unsecured = new UnsecuredJWT(claims(session)).setIssuer('ai-higress').setAudience('ai-higress').setExpirationTime('60 s').encode();
      expect(await codeOf(tokens.verify(unsecured))).toBe('INVALID_TOKEN');
      const [, payload] = unsecured.split('.');
      for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
        const header = base64url.encode(JSON.stringify({ alg, kid }));
        expect(await codeOf(tokens.verify(`${header}.${payload}.`))).toBe('INVALID_TOKEN');
        expect(await codeOf(tokens.verify(`${header}.${payload}.AAAA`))).toBe('INVALID_TOKEN');
      }
    });

    it('one signed as HS256 with the public key for a secret', async () => {
      const publicJwk = (await tokens.jwks()).keys[0] ?? {};
      const spki = createPublicKey({ key: publicJwk as never, format: 'jwk' }).export({ type: 'pkcs1', format: 'pem' }).toString();
      for (const text of [ours.publicKey, spki, JSON.stringify(publicJwk)]) {
        expect(await codeOf(tokens.verify(await forge({ alg: 'HS256', kid }, claims(session), new TextEncoder().encode(text))))).toBe('INVALID_TOKEN');
      }
      expect(await codeOf(tokens.verify(await forge({ alg: 'HS256', kid }, claims(session), new TextEncoder().encode(SECRET))))).toBe('INVALID_TOKEN');
    });

    it('one of another RSA algorithm, of an unknown key, or of no named key', async () => {
      const stranger = createPrivateKey(theirs.privateKey);
      expect(await codeOf(tokens.verify(await forge({ alg: 'RS512', kid }, claims(session), sign)))).toBe('INVALID_TOKEN');
      expect(await codeOf(tokens.verify(await forge({ alg: 'PS256', kid }, claims(session), sign)))).toBe('INVALID_TOKEN');
      expect(await codeOf(tokens.verify(await forge({ alg: 'RS256', kid }, claims(session), stranger)))).toBe('INVALID_TOKEN');
      expect(await codeOf(tokens.verify(await forge({ alg: 'RS256', kid: 'stranger' }, claims(session), stranger)))).toBe('INVALID_TOKEN');
      expect(await codeOf(tokens.verify(await forge({ alg: 'RS256' }, claims(session), sign)))).toBe('INVALID_TOKEN');
    });

    it('one for somebody else, from somebody else, too old, or of another kind', async () => {
      const header = { alg: 'RS256', kid };
      expect(await codeOf(tokens.verify(await forge(header, claims(session), sign, { audience: 'other' })))).toBe('INVALID_TOKEN');
      expect(await codeOf(tokens.verify(await forge(header, claims(session), sign, { issuer: 'other' })))).toBe('INVALID_TOKEN');
      expect(await codeOf(tokens.verify(await forge(header, claims(session), sign, { expires: '-1 s' })))).toBe('TOKEN_EXPIRED');
      expect(await codeOf(tokens.verify(await forge(header, claims(session, { typ: 'refresh' }), sign)))).toBe('INVALID_TOKEN');
      expect(await codeOf(tokens.verify(await forge(header, claims(session, { sid: 'no uuid' }), sign)))).toBe('INVALID_TOKEN');
      expect(await codeOf(tokens.verify(await forge(header, claims(session, { sid: uuidv7() }), sign)))).toBe('INVALID_TOKEN');
      expect(await codeOf(tokens.verify(await forge(header, claims(session, { sub: uuidv7() }), sign)))).toBe('INVALID_TOKEN');
      const endless = await new SignJWT(claims(session)).setProtectedHeader(header).setIssuer('ai-higress').setAudience('ai-higress').sign(sign);
      expect(await codeOf(tokens.verify(endless))).toBe('INVALID_TOKEN');
    });

    it('what is no token, and one with a changed character anywhere', async () => {
      const { token } = await tokens.issue(session);
      for (const odd of ['', '.', '..', 'a.b.c', 'x'.repeat(5000), 'null', `${token}.`, ` ${token}`]) expect(await codeOf(tokens.verify(odd))).toBe('INVALID_TOKEN');
      for (let at = 0; at < token.length - 1; at += 7) {
        const bent = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
        expect(await codeOf(tokens.verify(bent))).toBe('INVALID_TOKEN');
      }
    });

    it('one that has expired since it was first seen', async () => {
      const token = await forge({ alg: 'RS256', kid }, claims(session), sign, { expires: '1 s' });
      expect(await codeOf(tokens.verify(token))).toBe('ok');
      await eventually('its end', async () => (await codeOf(tokens.verify(token))) === 'TOKEN_EXPIRED');
    });
  });

  it('takes HS256 tokens where HS256 is configured, and no others', async () => {
    const tokens = open({ algorithm: 'HS256' });
    const session = await aSession();
    expect(await codeOf(tokens.verify((await tokens.issue(session)).token))).toBe('ok');
    expect(await codeOf(tokens.verify((await open({ privatePem: ours.privateKey }).issue(session)).token))).toBe('INVALID_TOKEN');
    expect(await codeOf(tokens.verify((await open({ algorithm: 'HS256', secret: new Secret('another secret of thirty-two characters') }).issue(session)).token))).toBe('INVALID_TOKEN');
  });

  it('accepts tokens of an older key while its public half is loaded', async () => {
    const session = await aSession();
    const { token } = await open({ privatePem: ours.privateKey }).issue(session);
    const next = theirs.privateKey;
    expect(await codeOf(open({ privatePem: next, publicPems: [ours.publicKey] }).verify(token))).toBe('ok');
    expect(await codeOf(open({ privatePem: next }).verify(token))).toBe('INVALID_TOKEN');
  });

  it('says what is wrong with a PEM text without showing it', async () => {
    await expect(open({ privatePem: 'hush' }).start()).rejects.toThrow('the private JWT key is not an RSA key of at least 2048 bits in PEM form');
    await expect(open({ privatePem: pem(1024).privateKey }).start()).rejects.toThrow('at least 2048 bits');
  });

  it('makes one pair for all pods that start together, keeps it sealed, and keeps it over restarts', async () => {
    const session = await aSession();
    const pods = Array.from({ length: 4 }, () => open());
    await Promise.all(pods.map((pod) => pod.start()));
    const { token } = await open().issue(session);
    for (const pod of pods) expect(await codeOf(pod.verify(token))).toBe('ok');
    const rows = await dataSource.query<{ private_sealed: Buffer }[]>('select private_sealed from signing_keys');
    expect(rows).toHaveLength(1);
    expect(rows[0]?.private_sealed.includes('PRIVATE KEY')).toBe(false);
  });

  const rotate = async (forgetOld = false) => {
    const kid = await dataSource.transaction((tx) => rotateSharedKeys(tx, sealer, { forgetOld }));
    await announcements.publish('signing-keys-changed', {});
    return kid;
  };

  it('signs with a new pair once it was rotated, on every pod, and signs nobody out', async () => {
    const session = await aSession();
    const pods = [open(), open()];
    const { token } = await (pods[0] as AccessTokens).issue(session);
    for (const pod of pods) expect(await codeOf(pod.verify(token))).toBe('ok');
    const kid = await rotate();
    for (const pod of pods) await eventually('the new pair', async () => decodeProtectedHeader((await pod.issue(session)).token).kid === kid, 1000);
    for (const pod of pods) {
      expect(await codeOf(pod.verify(token))).toBe('ok');
      expect((await pod.jwks()).keys.map((key) => key.kid)).toEqual(expect.arrayContaining([kid, decodeProtectedHeader(token).kid]));
    }
    await rotate(true);
    for (const pod of pods) await eventually('the end of the old pairs', async () => (await codeOf(pod.verify(token))) === 'INVALID_TOKEN', 1000);
  });

  it('knows within a second the token of a pair whose rotation it did not hear of', async () => {
    const session = await aSession();
    const deaf = open();
    await deaf.start();
    await dataSource.transaction((tx) => rotateSharedKeys(tx, sealer, { forgetOld: false }));
    const { token } = await open().issue(session);
    await eventually('its own look', async () => (await codeOf(deaf.verify(token))) === 'ok', 2000);
  });

  it('makes another pair when the stored one cannot be opened, and still accepts its tokens', async () => {
    const session = await aSession();
    const { token } = await open().issue(session);
    const other = open({ sealer: new Sealer(new Map([[2, randomBytes(32)]])) });
    expect(await codeOf(other.verify(token))).toBe('ok');
    expect((await other.jwks()).keys).toHaveLength(2);
  });

  it('starts without Postgres and loads the pair when it is needed', async () => {
    const session = await aSession();
    const { token } = await open().issue(session);
    const tokens = open();
    await postgres.shut();
    await tokens.start();
    expect(await codeOf(tokens.verify(token))).toBe('NOT_READY');
    await postgres.open();
    await eventually('the pair', async () => (await codeOf(tokens.verify(token))) === 'ok');
  });

  it('feels the end of a session within a second, by announcement and without', async () => {
    const tokens = open({ privatePem: ours.privateKey });
    await eventually('the subscription', () => announcements.connected);
    const [one, other] = [await aSession(), await aSession()];
    const [first, second] = [(await tokens.issue(one)).token, (await tokens.issue(other)).token];
    expect([await codeOf(tokens.verify(first)), await codeOf(tokens.verify(second))]).toEqual(['ok', 'ok']);
    await dataSource.query('update sessions set revoked_at = now() where id = $1', [one.sessionId]);
    await announcements.publish('session-changed', { sessionId: one.sessionId });
    await eventually('the refusal', async () => (await codeOf(tokens.verify(first))) === 'INVALID_TOKEN', 1000);

    announcements.close();
    await dataSource.query(`update users set status = 'banned' where id = $1`, [other.userId]);
    await eventually('the refusal', async () => (await codeOf(tokens.verify(second))) === 'INVALID_TOKEN', 1500);
  });

  it('refuses a token of a session that ended before this pod ever saw it', async () => {
    const tokens = open({ privatePem: ours.privateKey });
    const session = await aSession();
    const { token } = await tokens.issue(session);
    await dataSource.query('update sessions set revoked_at = now()');
    expect(await codeOf(tokens.verify(token))).toBe('INVALID_TOKEN');
  });

  it('never takes a Postgres that is away for a token that is wrong', async () => {
    const tokens = open({ privatePem: ours.privateKey });
    const [seen, unseen] = [await tokens.issue(await aSession()), await tokens.issue(await aSession())];
    await tokens.verify(seen.token);
    await postgres.shut();
    expect(await codeOf(tokens.verify(seen.token))).toBe('ok');
    expect(await codeOf(tokens.verify(unseen.token))).toBe('NOT_READY');
    await postgres.open();
  });
});
