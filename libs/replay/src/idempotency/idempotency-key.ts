import { createHash } from 'node:crypto';
import { DomainError } from '@higress/kernel';

const KEY = /^[\x21-\x7e]{1,255}$/;

/** @throws DomainError INVALID_REQUEST for a header that is no key: 1 to 255 printable characters without a space */
export function readIdempotencyKey(header: string | readonly string[]): string {
  if (typeof header === 'string' && KEY.test(header)) return header;
  throw new DomainError('INVALID_REQUEST', { message: 'Idempotency-Key must be 1 to 255 printable characters without a space.', param: 'Idempotency-Key' });
}

/** What must be the same for a request to be the same: its method, its target with the query, and its bytes. */
export function fingerprintOf(method: string, target: string, body: Uint8Array): Buffer {
  return createHash('sha256').update(`${method}\n${target}\n`).update(body).digest();
}
