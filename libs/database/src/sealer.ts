import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const VERSION_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = VERSION_BYTES + NONCE_BYTES + TAG_BYTES;
const MAX_VERSION = 0xffff_ffff;

/** Thrown when a sealed value cannot be opened. Says why, never what. */
export class UnsealError extends Error {
  override readonly name = 'UnsealError';
}

/**
 * Secrets at rest: AES-256-GCM under one of several versioned keys. The highest version seals, every one opens,
 * so a new key is added before an old one is taken away.
 *
 * Layout: key version (4 bytes, big endian), nonce (12), tag (16), ciphertext. The version and `about` are authenticated too:
 * a value moved to another row does not open there.
 */
export class Sealer {
  readonly #keys: ReadonlyMap<number, Buffer>;
  readonly #newest: number;

  /** @throws RangeError without keys, or with one that is not 32 bytes. */
  constructor(keys: ReadonlyMap<number, Buffer>) {
    if (keys.size === 0) throw new RangeError('a sealer needs at least one key');
    for (const [version, key] of keys) {
      if (!Number.isInteger(version) || version < 0 || version > MAX_VERSION) throw new RangeError(`key version ${version} is not between 0 and ${MAX_VERSION}`);
      if (key.length !== 32) throw new RangeError(`key ${version} has ${key.length} bytes instead of 32`);
    }
    this.#keys = keys;
    this.#newest = Math.max(...keys.keys());
  }

  /** @param about what the value is and which row it belongs to, such as `credentials:<id>`; needed again to open it. */
  seal(plain: string | Uint8Array, about: string): Buffer {
    const version = versionBytes(this.#newest);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key(this.#newest), nonce).setAAD(bound(version, about));
    const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([version, nonce, cipher.getAuthTag(), ciphertext]);
  }

  /** @throws UnsealError when the key's version is not loaded, or the bytes or `about` are not those that were sealed. */
  open(sealed: Uint8Array, about: string): Buffer {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    if (bytes.length < HEADER_BYTES) throw new UnsealError(`${about}: too short to be sealed`);
    const version = bytes.subarray(0, VERSION_BYTES);
    const nonce = bytes.subarray(VERSION_BYTES, VERSION_BYTES + NONCE_BYTES);
    const tag = bytes.subarray(VERSION_BYTES + NONCE_BYTES, HEADER_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.#key(version.readUInt32BE(), about), nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(bound(version, about)).setAuthTag(tag);
    try {
      return Buffer.concat([decipher.update(bytes.subarray(HEADER_BYTES)), decipher.final()]);
    } catch {
      throw new UnsealError(`${about}: sealed with another key, for another row, or damaged`);
    }
  }

  /** True when {@link open} would succeed. */
  opens(sealed: Uint8Array, about: string): boolean {
    try {
      this.open(sealed, about);
      return true;
    } catch {
      return false;
    }
  }

  /** True for what the newest key has sealed. */
  isCurrent(sealed: Uint8Array): boolean {
    return sealed.length >= HEADER_BYTES && Buffer.from(sealed.buffer, sealed.byteOffset, VERSION_BYTES).readUInt32BE() === this.#newest;
  }

  #key(version: number, about = 'seal'): Buffer {
    const key = this.#keys.get(version);
    if (!key) throw new UnsealError(`${about}: ENCRYPTION_KEYS has no key ${version}`);
    return key;
  }
}

function versionBytes(version: number): Buffer {
  const bytes = Buffer.alloc(VERSION_BYTES);
  bytes.writeUInt32BE(version);
  return bytes;
}

const bound = (version: Buffer, about: string) => Buffer.concat([version, Buffer.from(about)]);
