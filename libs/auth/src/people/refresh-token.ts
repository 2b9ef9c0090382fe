import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const PREFIX = 'rt_';
const ID_BYTES = 16;
const SECRET_BYTES = 32;
const MAC_BYTES = 16;
const LENGTH = PREFIX.length + Math.ceil(((ID_BYTES + SECRET_BYTES + MAC_BYTES) * 4) / 3);

/**
 * A refresh token: its session's id, 256 secret bits, and a MAC over both. It is opaque to its holder, and only its digest is stored.
 * The MAC tells an old token of ours from an invented one: the first revokes its session, the second must not be able to.
 */
export function makeRefreshToken(pepper: Buffer, sessionId: string): string {
  return assemble(pepper, sessionId, randomBytes(SECRET_BYTES));
}

/**
 * The token that follows this one: always the same, so that a client whose answer was lost can be given it again though nobody kept it.
 * Without the pepper a token tells nothing about its successor.
 */
export function nextRefreshToken(pepper: Buffer, sessionId: string, token: string): string {
  return assemble(pepper, sessionId, createHmac('sha256', pepper).update('next refresh token').update(token).digest());
}

/** The session that a token was made for; null when we did not make it. */
export function sessionOfRefreshToken(pepper: Buffer, token: string): string | null {
  if (!token.startsWith(PREFIX) || token.length !== LENGTH) return null;
  const bytes = Buffer.from(token.slice(PREFIX.length), 'base64url');
  if (bytes.length !== ID_BYTES + SECRET_BYTES + MAC_BYTES) return null;
  const body = bytes.subarray(0, ID_BYTES + SECRET_BYTES);
  if (!timingSafeEqual(macOf(pepper, body), bytes.subarray(body.length))) return null;
  return body.toString('hex', 0, ID_BYTES).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

export function refreshTokenDigest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function assemble(pepper: Buffer, sessionId: string, secret: Buffer): string {
  const body = Buffer.concat([Buffer.from(sessionId.replaceAll('-', ''), 'hex'), secret]);
  return PREFIX + Buffer.concat([body, macOf(pepper, body)]).toString('base64url');
}

const macOf = (pepper: Buffer, body: Buffer) => createHmac('sha256', pepper).update('refresh token').update(body).digest().subarray(0, MAC_BYTES);
