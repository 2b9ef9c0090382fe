import { timingSafeEqual } from 'node:crypto';
import type { Sealer } from '@higress/database';
import { DomainError } from '@higress/kernel';
import type { KnownKey } from '../keys/known-key';
import type { Nonces } from './nonces';
import { requestSignature } from './request-signature';
import type { SignedRequest } from './signed-request';

/** How far the caller's clock may be from ours, in seconds. */
const WINDOW_SECONDS = 300;
const TIMESTAMP = /^\d{1,15}$/;
const NONCE = /^[\x21-\x7e]{1,128}$/;
const SIGNATURE = /^[0-9a-f]{64}$/i;

export interface SignaturesOptions {
  readonly nonces: Nonces;
  /** Opens the signing secrets. */
  readonly sealer: Sealer;
  /** Unix time in milliseconds. */
  readonly clock?: () => number;
}

/** Whether a request was signed by whoever holds the key's signing secret, lately, and for the first time. */
export class Signatures {
  constructor(private readonly options: SignaturesOptions) {}

  /**
   * Looks at the window, then at the signature, then at the nonce: whoever cannot sign neither uses up a nonce nor costs Redis anything,
   * and however often that is, the key goes on working.
   * @throws DomainError TIMESTAMP_EXPIRED, INVALID_SIGNATURE, NONCE_REUSED (401), or NOT_READY (503) when nonces cannot be looked up
   */
  async verify(key: KnownKey, request: SignedRequest): Promise<void> {
    const { headers } = request;
    const timestamp = field(headers['x-timestamp'], TIMESTAMP, 'X-Timestamp', 'Unix seconds');
    const nowSeconds = Math.floor((this.options.clock ?? Date.now)() / 1000);
    if (Math.abs(nowSeconds - Number(timestamp)) > WINDOW_SECONDS) throw new DomainError('TIMESTAMP_EXPIRED');
    const nonce = field(headers['x-nonce'], NONCE, 'X-Nonce', '1 to 128 printable characters');
    const signature = field(headers['x-signature'], SIGNATURE, 'X-Signature', '64 hexadecimal digits');
    const expected = requestSignature(key.signingSecret(this.options.sealer), timestamp, nonce, request);
    if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) throw new DomainError('INVALID_SIGNATURE');
    if (!(await this.options.nonces.take(key.keyId, nonce))) throw new DomainError('NONCE_REUSED');
  }
}

/** A field that came twice is joined by Node, or a list: neither fits. */
function field(value: string | readonly string[] | undefined, form: RegExp, name: string, what: string): string {
  if (typeof value === 'string' && form.test(value)) return value;
  throw new DomainError('INVALID_SIGNATURE', { message: `This API key takes signed requests only: ${name} must be there, ${what}.` });
}
