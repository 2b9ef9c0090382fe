import { createHash } from 'node:crypto';
import { type Desk, PasswordResetEntity, randomBase62, type Requester } from '@higress/database';
import type { EntityManager } from 'typeorm';
import { lockSubordinate } from '../directory/person';

export interface IssuedReset {
  /** Exists only here, to be handed over: only its digest is stored. */
  readonly token: string;
  readonly expiresAt: Date;
}

const LIFE_MS = 24 * 3_600_000;
const TOKEN = /^pr_[0-9A-Za-z]{43}$/;

/** Under which a token is stored; null for what cannot be one. */
export function resetDigest(token: string): Buffer | null {
  return TOKEN.test(token) ? createHash('sha256').update(token).digest() : null;
}

/**
 * A token with which the person sets a new password, once, within a day; tokens before it end. Their password and sessions stay until then.
 * @throws DomainError NOT_FOUND; FORBIDDEN for an owner, unless an owner asks
 */
export function issueReset(desk: Desk, by: Requester, userId: string): Promise<IssuedReset> {
  const token = `pr_${randomBase62(43)}`;
  const expiresAt = new Date(Date.now() + LIFE_MS);
  return desk.change(by, async (tx) => {
    const { user } = await lockSubordinate(tx, by, userId);
    await endResetsOf(tx, userId);
    await tx.insert(PasswordResetEntity, { digest: resetDigest(token) as Buffer, userId, createdBy: by.actor.id, expiresAt });
    return { value: { token, expiresAt }, audit: { tenantId: user.tenantId, action: 'user.reset_issued', subjectType: 'user', subjectId: userId, after: { expires_at: expiresAt.toISOString() } } };
  });
}

/** Ends the tokens of a person that nobody has used: whoever holds one must not set the password of what the person has become. */
export async function endResetsOf(tx: EntityManager, userId: string): Promise<void> {
  await tx.query('update password_resets set expires_at = now() where user_id = $1 and used_at is null and expires_at > now()', [userId]);
}
