import { createHmac, hash } from 'node:crypto';
import type { SignedRequest } from './signed-request';

/**
 * HMAC-SHA256 over a version, when, which nonce, and the request as it arrived: method, target and the hash of the body.
 * Only the body may hold a line feed, and it is hashed, so no two requests have the same text.
 */
export function requestSignature(secret: Uint8Array, timestamp: string, nonce: string, { method, target, body }: Omit<SignedRequest, 'headers'>): Buffer {
  // Node gives the target as one character for each byte.
  return createHmac('sha256', secret).update(`v1\n${timestamp}\n${nonce}\n${method}\n${target}\n${hash('sha256', body)}`, 'latin1').digest();
}
