import { hkdfSync } from 'node:crypto';
import type { Secret } from '@higress/kernel';

interface KeySettings {
  readonly JWT_SECRET_KEY: Secret;
  readonly KEY_PEPPER?: Secret;
  readonly ENCRYPTION_KEYS?: Secret;
}

export interface Keys {
  /** Key of the HMAC under which API keys are kept. */
  readonly pepper: Buffer;
  /** AES-256 keys by version; the highest one encrypts. */
  readonly encryption: ReadonlyMap<number, Buffer>;
  /** One line for each key that was derived, for the log. */
  readonly warnings: readonly string[];
}

const ENCRYPTION = 'encryption-at-rest';
const derive = (secret: Secret, purpose: string) => Buffer.from(hkdfSync('sha256', secret.reveal(), 'ai-higress-gateway', purpose, 32));

/** The keys at rest, given or derived (HKDF-SHA256) from `JWT_SECRET_KEY`, so that the older `.env` starts as it stands. */
export function deriveKeys(settings: KeySettings): Keys {
  const warnings: string[] = [];
  const derived = (name: string, purpose: string) => {
    warnings.push(`${name} is not set: it is derived from JWT_SECRET_KEY, so changing that one changes both`);
    return derive(settings.JWT_SECRET_KEY, purpose);
  };
  const pepper = settings.KEY_PEPPER ? Buffer.from(settings.KEY_PEPPER.reveal()) : derived('KEY_PEPPER', 'api-key-pepper');
  // The derived key goes on opening what it has sealed, so that keys can be set later.
  const encryption = settings.ENCRYPTION_KEYS
    ? new Map([[0, derive(settings.JWT_SECRET_KEY, ENCRYPTION)], ...parseVersionedKeys(settings.ENCRYPTION_KEYS.reveal())])
    : new Map([[0, derived('ENCRYPTION_KEYS', ENCRYPTION)]]);
  return { pepper, encryption, warnings };
}

function parseVersionedKeys(text: string): Map<number, Buffer> {
  return new Map(
    text.split(',').map((item) => {
      const [version, key] = item.split(':') as [string, string];
      return [Number(version), Buffer.from(key, 'base64')];
    }),
  );
}
