import { Secret } from '@higress/kernel';
import { eventually } from '@higress/testing';
import { decodeProtectedHeader } from 'jose';
import { codeOf, issuingPods, ours, theirs } from '../fixtures/issuing-pods';

const its = issuingPods();
const { aSession, open } = its;

describe('AccessTokens', () => {
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

  it('takes HS256 tokens where HS256 is configured, and no others', async () => {
    const tokens = open({ algorithm: 'HS256' });
    const session = await aSession();
    expect(await codeOf(tokens.verify((await tokens.issue(session)).token))).toBe('ok');
    expect(await codeOf(tokens.verify((await open({ privatePem: ours.privateKey }).issue(session)).token))).toBe('INVALID_TOKEN');
    expect(await codeOf(tokens.verify((await open({ algorithm: 'HS256', secret: new Secret('another secret of thirty-two characters') }).issue(session)).token))).toBe('INVALID_TOKEN');
  });

  it('feels the end of a session within a second, by announcement and without', async () => {
    const tokens = open({ privatePem: ours.privateKey });
    await eventually('the subscription', () => its.announcements.connected);
    const [one, other] = [await aSession(), await aSession()];
    const [first, second] = [(await tokens.issue(one)).token, (await tokens.issue(other)).token];
    expect([await codeOf(tokens.verify(first)), await codeOf(tokens.verify(second))]).toEqual(['ok', 'ok']);
    await its.dataSource.query('update sessions set revoked_at = now() where id = $1', [one.sessionId]);
    await its.announcements.publish('session-changed', { sessionId: one.sessionId });
    await eventually('the refusal', async () => (await codeOf(tokens.verify(first))) === 'INVALID_TOKEN', 1000);

    its.announcements.close();
    await its.dataSource.query(`update users set status = 'banned' where id = $1`, [other.userId]);
    await eventually('the refusal', async () => (await codeOf(tokens.verify(second))) === 'INVALID_TOKEN', 1500);
  });

  it('refuses a token of a session that ended before this pod ever saw it', async () => {
    const tokens = open({ privatePem: ours.privateKey });
    const session = await aSession();
    const { token } = await tokens.issue(session);
    await its.dataSource.query('update sessions set revoked_at = now()');
    expect(await codeOf(tokens.verify(token))).toBe('INVALID_TOKEN');
  });

  it('never takes a Postgres that is away for a token that is wrong', async () => {
    const tokens = open({ privatePem: ours.privateKey });
    const [seen, unseen] = [await tokens.issue(await aSession()), await tokens.issue(await aSession())];
    await tokens.verify(seen.token);
    await its.postgres.shut();
    expect(await codeOf(tokens.verify(seen.token))).toBe('ok');
    expect(await codeOf(tokens.verify(unseen.token))).toBe('NOT_READY');
    await its.postgres.open();
  });
});
