import { SessionEntity } from '@higress/database';
import type { EntityManager } from 'typeorm';
import { networkOf } from './network-of';
import { refreshTokenDigest } from './refresh-token';

/** Where a login comes from, for the list of sessions. */
export interface Visitor {
  readonly ip: string;
  readonly userAgent: string | null;
  /** Of the request, for the audit. */
  readonly requestId?: string;
}

export interface Rotation {
  readonly sessionId: string;
  readonly presented: string;
  /** What `presented` is exchanged for. */
  readonly next: string;
  readonly visitor: Visitor;
  readonly lifeMs: number;
}

/** `repeated`: the same client asked with the same token a moment ago, and is to be given the same answer. */
export type RotationVerdict = 'rotated' | 'repeated' | 'reused' | 'expired' | 'ended';

/** How long a token that was exchanged may come again from the client that exchanged it: its answer was lost, or two of its tabs woke at once. */
const GRACE_MS = 10_000;
const USER_AGENT_CHARS = 512;

/** What of a user agent is kept. */
export const userAgentOf = ({ userAgent }: Visitor): string | null => userAgent?.slice(0, USER_AGENT_CHARS) ?? null;

/** Exchanges a session's refresh token. One that comes again was stolen or copied: the session ends, for whoever holds the newer one too. */
export async function rotateSession(tx: EntityManager, { sessionId, presented, next, visitor, lifeMs }: Rotation): Promise<RotationVerdict> {
  const session = await tx.findOne(SessionEntity, { where: { id: sessionId }, lock: { mode: 'pessimistic_write' } });
  if (!session || session.revokedAt) return 'ended';
  const digest = refreshTokenDigest(presented);
  if (!session.refreshDigest.equals(digest)) {
    if (isRepeat(session, digest, visitor)) return 'repeated';
    await tx.update(SessionEntity, { id: sessionId }, { revokedAt: new Date(), revokedReason: 'a refresh token was used twice' });
    return 'reused';
  }
  const now = new Date();
  if (session.expiresAt <= now) return 'expired';
  const seen = { ip: visitor.ip, network: networkOf(visitor.ip), userAgent: userAgentOf(visitor), lastUsedAt: now, rotatedAt: now, expiresAt: new Date(now.getTime() + lifeMs) };
  await tx.update(SessionEntity, { id: sessionId }, { refreshDigest: refreshTokenDigest(next), previousDigest: digest, generation: session.generation + 1, ...seen });
  return 'rotated';
}

function isRepeat({ previousDigest, rotatedAt, ip, userAgent }: SessionEntity, digest: Buffer, visitor: Visitor): boolean {
  return previousDigest !== null && previousDigest.equals(digest) && rotatedAt !== null && Date.now() - rotatedAt.getTime() < GRACE_MS && ip === visitor.ip && userAgent === userAgentOf(visitor);
}
