import { createHmac } from 'node:crypto';

/** Recognises a credential without opening it: HMAC-SHA256(pepper, value). */
export function fingerprint(pepper: Buffer, value: string): Buffer {
  return createHmac('sha256', pepper).update(value).digest();
}
