import { createPrivateKey, createPublicKey } from 'node:crypto';
import { uuidv7 } from '@higress/kernel';
import { eventually } from '@higress/testing';
import { base64url, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { codeOf, issuingPods, ours, SECRET, theirs } from '../fixtures/issuing-pods';
import type { AccessTokens } from './access-tokens';

const { aSession, open } = issuingPods();

describe('a verifier refuses', () => {
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
