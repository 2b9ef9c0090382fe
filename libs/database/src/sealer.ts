import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const VERSION_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
/** Nonce, tag and ciphertext: what one run of AES-256-GCM gives. */
const BOX_BYTES = NONCE_BYTES + TAG_BYTES;
/** Where a value sealed before there were data keys has the version of its key: no key has this one. */
const ENVELOPE = Buffer.from([0xff, 0xff, 0xff, 0xff]);
const WRAPPED_AT = ENVELOPE.length + VERSION_BYTES;
const CONTENT_AT = WRAPPED_AT + BOX_BYTES + KEY_BYTES;
const MAX_VERSION = 0xffff_fffe;

/** Thrown when a sealed value cannot be opened. Says why, never what. */
export class UnsealError extends Error {
  override readonly name = 'UnsealError';
}

/**
 * Secrets at rest: each value under a random data key of its own, and that key wrapped by one of several versioned keys, both by AES-256-GCM. The highest version
 * wraps, every one opens, so a new key is added before an old one is taken away, and a value need not be opened to come under another key.
 *
 * Layout: `ffffffff`, version of the wrapping key (4 bytes, big endian), the data key (nonce 12, tag 16, ciphertext 32), the value (nonce 12, tag 16, ciphertext).
 * The version and `about` are authenticated too: a value moved to another row does not open there, nor does its data key. What was sealed before had no
 * data key: version (4), nonce, tag, ciphertext. It still opens.
 */
export class Sealer {
  readonly #keys: ReadonlyMap<number, Buffer>;
  readonly #newest: number;

  /** @throws RangeError without keys, or with one that is not 32 bytes. */
  constructor(keys: ReadonlyMap<number, Buffer>) {
    if (keys.size === 0) throw new RangeError('a sealer needs at least one key');
    for (const [version, key] of keys) {
      if (!Number.isInteger(version) || version < 0 || version > MAX_VERSION) throw new RangeError(`key version ${version} is not between 0 and ${MAX_VERSION}`);
      if (key.length !== KEY_BYTES) throw new RangeError(`key ${version} has ${key.length} bytes instead of ${KEY_BYTES}`);
    }
    this.#keys = keys;
    this.#newest = Math.max(...keys.keys());
  }

  /** @param about what the value is and which row it belongs to, such as `credentials:<id>`; needed again to open it. */
  seal(plain: string | Uint8Array, about: string): Buffer {
    const dataKey = randomBytes(KEY_BYTES);
    const content = lock(dataKey, plain, Buffer.from(about));
    return this.#envelope(dataKey, content, about);
  }

  /** @throws UnsealError when the key's version is not loaded, or the bytes or `about` are not those that were sealed. */
  open(sealed: Uint8Array, about: string): Buffer {
    const bytes = toBuffer(sealed);
    if (!isEnvelope(bytes)) return this.#openOld(bytes, about);
    return unlock(this.#dataKey(bytes, about), bytes.subarray(CONTENT_AT), Buffer.from(about), about);
  }

  /**
   * The same value under the newest key. Its content is copied as it is: only its data key is wrapped anew. What has none yet is given one.
   * @throws UnsealError as {@link open}; a damaged content is not noticed
   */
  rewrap(sealed: Uint8Array, about: string): Buffer {
    const bytes = toBuffer(sealed);
    if (!isEnvelope(bytes)) return this.seal(this.#openOld(bytes, about), about);
    return this.#envelope(this.#dataKey(bytes, about), bytes.subarray(CONTENT_AT), about);
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

  /** True for what has a data key under the newest key. */
  isCurrent(sealed: Uint8Array): boolean {
    const bytes = toBuffer(sealed);
    return isEnvelope(bytes) && bytes.readUInt32BE(ENVELOPE.length) === this.#newest;
  }

  #envelope(dataKey: Buffer, content: Buffer, about: string): Buffer {
    const version = versionBytes(this.#newest);
    return Buffer.concat([ENVELOPE, version, lock(this.#key(this.#newest, about), dataKey, bound(version, about)), content]);
  }

  #dataKey(bytes: Buffer, about: string): Buffer {
    const version = bytes.subarray(ENVELOPE.length, WRAPPED_AT);
    return unlock(this.#key(version.readUInt32BE(), about), bytes.subarray(WRAPPED_AT, CONTENT_AT), bound(version, about), about);
  }

  #openOld(bytes: Buffer, about: string): Buffer {
    if (bytes.length < VERSION_BYTES + BOX_BYTES) throw new UnsealError(`${about}: too short to be sealed`);
    const version = bytes.subarray(0, VERSION_BYTES);
    return unlock(this.#key(version.readUInt32BE(), about), bytes.subarray(VERSION_BYTES), bound(version, about), about);
  }

  #key(version: number, about: string): Buffer {
    const key = this.#keys.get(version);
    if (!key) throw new UnsealError(`${about}: ENCRYPTION_KEYS has no key ${version}`);
    return key;
  }
}

/** Nonce, tag, ciphertext. */
function lock(key: Buffer, plain: string | Uint8Array, aad: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad);
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]);
}

function unlock(key: Buffer, box: Buffer, aad: Buffer, about: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(aad).setAuthTag(box.subarray(NONCE_BYTES, BOX_BYTES));
  try {
    return Buffer.concat([decipher.update(box.subarray(BOX_BYTES)), decipher.final()]);
  } catch {
    throw new UnsealError(`${about}: sealed with another key, for another row, or damaged`);
  }
}

function versionBytes(version: number): Buffer {
  const bytes = Buffer.alloc(VERSION_BYTES);
  bytes.writeUInt32BE(version);
  return bytes;
}

const isEnvelope = (bytes: Buffer) => bytes.length >= CONTENT_AT + BOX_BYTES && bytes.subarray(0, ENVELOPE.length).equals(ENVELOPE);
const toBuffer = (sealed: Uint8Array) => Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
const bound = (version: Buffer, about: string) => Buffer.concat([version, Buffer.from(about)]);
