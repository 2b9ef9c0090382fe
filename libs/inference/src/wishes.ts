import { DomainError, type Principal } from '@higress/kernel';
import { readIdempotencyKey } from '@higress/replay';
import type { InferenceCall } from './call';

const MAX_TTL_SECONDS = 86_400;

/** What a caller asks of an answer beyond the answer itself. */
export interface Wishes {
  /** Null: every request is one of its own. */
  readonly idempotencyKey: string | null;
  /** How long the answer may be given again to the same question, in seconds; null: not at all. */
  readonly cacheSeconds: number | null;
}

/**
 * Null where nothing is asked, as nearly always.
 * @throws DomainError INVALID_REQUEST for a header that cannot be read
 */
export function readWishes({ headers }: Pick<InferenceCall, 'headers'>, { cache = false }: Pick<Principal, 'cache'>, defaultSeconds: number): Wishes | null {
  const key = headers['idempotency-key'];
  const asked = headers['x-cache'];
  if (key === undefined && asked === undefined && !cache) return null;
  const isCached = asked === undefined ? cache : readSwitch(asked);
  if (key === undefined && !isCached) return null;
  return { idempotencyKey: key === undefined ? null : readIdempotencyKey(key), cacheSeconds: isCached ? (readTtl(headers['x-cache-ttl']) ?? defaultSeconds) : null };
}

function readSwitch(header: string | string[]): boolean {
  if (header === 'on') return true;
  if (header === 'off') return false;
  throw new DomainError('INVALID_REQUEST', { message: 'x-cache must be on or off.', param: 'x-cache' });
}

function readTtl(header: string | string[] | undefined): number | null {
  if (header === undefined) return null;
  const seconds = typeof header === 'string' && /^\d{1,5}$/.test(header) ? Number(header) : 0;
  if (seconds < 1 || seconds > MAX_TTL_SECONDS) throw new DomainError('INVALID_REQUEST', { message: `x-cache-ttl must be a whole number of seconds from 1 to ${MAX_TTL_SECONDS}.`, param: 'x-cache-ttl' });
  return seconds;
}
