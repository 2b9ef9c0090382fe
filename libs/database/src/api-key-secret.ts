import { createHmac, randomBytes } from 'node:crypto';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LENGTH = 43;
/** The largest multiple of 62 that a byte can hold: bytes from here on are thrown away, so that no character is likelier. */
const FAIR = 256 - (256 % BASE62.length);
const SHOWN = 8;

/** A fresh API key: `sk-` and 43 base62 characters, 256 bits. Shown to its owner once and never stored. */
export function generateApiKey(): string {
  return `sk-${randomBase62(LENGTH)}`;
}

/** Uniformly random base62 characters. */
export function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) {
      if (byte < FAIR && text.length < length) text += BASE62[byte % BASE62.length];
    }
  }
  return text;
}

/** What is stored instead of a key. 256 random bits need no slow hash; the pepper keeps a stolen table from being searched. */
export function apiKeyDigest(pepper: Buffer, key: string): Buffer {
  return createHmac('sha256', pepper).update(key).digest();
}

/** The part of a key that lists and logs may show. */
export function apiKeyPrefix(key: string): string {
  return key.slice(0, SHOWN);
}
