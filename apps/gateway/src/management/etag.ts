import { createHash } from 'node:crypto';
import { canonicalJson } from '@higress/database';
import { DomainError } from '@higress/kernel';
import type { FastifyReply } from 'fastify';

/** What changes by being used, or by time passing, and not by anybody's hand. */
const VOLATILE = new Set(['last_used_at']);

/** The tag of a resource as the API shows it: another one whenever somebody changed it. */
export function etagOf(shown: object): string {
  const lasting = Object.entries(shown).filter(([name]) => !VOLATILE.has(name));
  return `"${createHash('sha256').update(canonicalJson(Object.fromEntries(lasting))).digest('base64url').slice(0, 22)}"`;
}

/** Gives the answer the tag of what it shows. */
export function tagged<T extends object>(reply: FastifyReply, shown: T): T {
  reply.header('etag', etagOf(shown));
  return shown;
}

/**
 * To be asked with the row locked. Without `If-Match` everything matches.
 * @param ifMatch `*`, or tags separated by commas; a proxy may have made them weak
 * @throws DomainError PRECONDITION_FAILED when somebody else has changed it since
 */
export function requireMatch(ifMatch: string | undefined, shown: object): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const tags = ifMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (!tags.includes(etagOf(shown))) throw new DomainError('PRECONDITION_FAILED', { param: 'If-Match' });
}
