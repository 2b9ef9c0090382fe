import { randomBytes } from 'node:crypto';
import { uuidv7 } from '@higress/kernel';
import { makeRefreshToken, nextRefreshToken, refreshTokenDigest, sessionOfRefreshToken } from './refresh-token';

const pepper = randomBytes(32);

describe('refresh tokens', () => {
  it('name their session to us, and never repeat', () => {
    const sessionId = uuidv7();
    const token = makeRefreshToken(pepper, sessionId);
    expect(token).toMatch(/^rt_[A-Za-z0-9_-]{86}$/);
    expect(sessionOfRefreshToken(pepper, token)).toBe(sessionId);
    expect(makeRefreshToken(pepper, sessionId)).not.toBe(token);
    expect(refreshTokenDigest(token)).toHaveLength(32);
  });

  it('have one successor, of the same session, that only we know', () => {
    const sessionId = uuidv7();
    const token = makeRefreshToken(pepper, sessionId);
    const next = nextRefreshToken(pepper, sessionId, token);
    expect(next).toBe(nextRefreshToken(pepper, sessionId, token));
    expect(sessionOfRefreshToken(pepper, next)).toBe(sessionId);
    expect(new Set([token, next, nextRefreshToken(pepper, sessionId, next), nextRefreshToken(randomBytes(32), sessionId, token)]).size).toBe(4);
  });

  it('cannot be invented for a session', () => {
    const token = makeRefreshToken(pepper, uuidv7());
    expect(sessionOfRefreshToken(randomBytes(32), token)).toBeNull();
    for (let at = 3; at < token.length - 1; at++) {
      const bent = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect(sessionOfRefreshToken(pepper, bent)).toBeNull();
    }
    for (const odd of ['', 'rt_', 'rt_x', `${token}A`, token.slice(1), 'sk-'.padEnd(89, 'a')]) expect(sessionOfRefreshToken(pepper, odd)).toBeNull();
  });
});
