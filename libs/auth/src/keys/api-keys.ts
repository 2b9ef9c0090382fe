import { apiKeyDigest } from '@higress/database';
import { DomainError } from '@higress/kernel';
import type { Announcements, RedisConnection } from '@higress/redis';
import type { DataSource } from 'typeorm';
import { Vouched, type Loaded } from '../memory/vouched';
import { loadKeyRecord } from './key-record';
import { KnownKey } from './known-key';
import { SharedKeyRecords, type SharedRecord } from './shared-key-records';

export interface ApiKeysOptions {
  readonly dataSource: DataSource;
  /** Cache Redis, role `request`: what it forgets is asked of Postgres again. */
  readonly redis: RedisConnection;
  readonly announcements: Pick<Announcements, 'on' | 'onReconnect' | 'connected'>;
  /** Begins the names in Redis. */
  readonly prefix: string;
  readonly pepper: Buffer;
  /** Keys kept in memory; 20,000 unless told. */
  readonly maxKeys?: number;
}

/** What `key-changed` says: which key, secret or tenant. */
interface KeyChanged {
  readonly keyId?: string;
  readonly digest?: string;
  readonly tenantId?: string;
}

const PLAUSIBLE = /^[\x21-\x7e]{32,512}$/;
/** What the answer of Redis and the way there may add to the age that it tells. */
const JITTER_MS = 200;
/** What others learned is taken for news up to this age, and above it only while Postgres is away. */
const YOUNG_MS = 10_000;

/**
 * Who presents an API key. Looks in memory, then in Redis, then in Postgres; a key in use costs two looks into maps.
 *
 * A change is felt within a second by every process: all of them hear it, forget what they knew, and believe from then on only what
 * Postgres said after they heard. That holds for what others left in Redis too, by its age: a process that read just before the change
 * cannot bring the old word back. While announcements are not heard, Postgres is asked every second instead.
 */
export class ApiKeys {
  readonly #known: Vouched<KnownKey>;
  readonly #shared: SharedKeyRecords;
  /** Digests of presented keys that turned out to be known: an HMAC costs more than the rest of authentication. */
  readonly #digests = new Map<string, string>();
  readonly #maxKeys: number;
  #changedAtMs = -Infinity;

  constructor(private readonly options: ApiKeysOptions) {
    const { announcements, redis, prefix, maxKeys = 20_000 } = options;
    this.#maxKeys = maxKeys;
    this.#shared = new SharedKeyRecords(redis, prefix);
    this.#known = new Vouched({ load: (digest) => this.#load(digest), announcements, max: maxKeys });
    announcements.on('key-changed', (change) => this.#forget(change));
  }

  /**
   * @param presentedKey as the client sent it, without `Bearer`
   * @param ip the client's address
   * @returns the key; one that `demandsSignature` speaks for nobody until its signature was verified
   * @throws DomainError INVALID_API_KEY, API_KEY_EXPIRED, API_KEY_REVOKED (401), IP_NOT_ALLOWED, FORBIDDEN (403), or
   *   NOT_READY (503) when Postgres is away and did not vouch for the key within the last minute
   */
  async find(presentedKey: string, ip: string): Promise<KnownKey> {
    if (!PLAUSIBLE.test(presentedKey)) throw new DomainError('INVALID_API_KEY');
    const digest = this.#digestOf(presentedKey);
    const known = this.#known.peek(digest) ?? (await this.#known.get(digest));
    if (!known) throw new DomainError('INVALID_API_KEY');
    this.#remember(presentedKey, digest);
    return known.admit(ip, Date.now());
  }

  /**
   * The key, where memory knows it: null costs no look-up.
   * @throws DomainError as {@link find} does, for a key that is known
   */
  peek(presentedKey: string, ip: string): KnownKey | null {
    if (!PLAUSIBLE.test(presentedKey)) return null;
    return this.#known.peek(this.#digestOf(presentedKey))?.admit(ip, Date.now()) ?? null;
  }

  #digestOf(presentedKey: string): string {
    return this.#digests.get(presentedKey) ?? apiKeyDigest(this.options.pepper, presentedKey).toString('hex');
  }

  /** Only what is known is kept, so that guesses cost no memory; a change forgets all, so that no key outlives its end in here. */
  #remember(presentedKey: string, digest: string): void {
    if (this.#digests.size >= this.#maxKeys) this.#digests.clear();
    this.#digests.set(presentedKey, digest);
  }

  async #load(digest: string): Promise<Loaded<KnownKey>> {
    const found = await this.#shared.find(digest);
    const shared = found && this.#isCurrent(found.ageMs) ? found : null;
    if (shared && shared.ageMs < YOUNG_MS) return toLoaded(shared);
    try {
      return { value: await this.#loadFromPostgres(digest), ageMs: 0 };
    } catch (error) {
      if (shared) return toLoaded(shared);
      throw error;
    }
  }

  async #loadFromPostgres(digest: string): Promise<KnownKey | null> {
    const askedAtMs = performance.now();
    const record = await loadKeyRecord(this.options.dataSource, digest);
    const ageMs = performance.now() - askedAtMs;
    if (record && this.#isCurrent(ageMs)) this.#shared.keep(digest, record, ageMs);
    return record && new KnownKey(record);
  }

  /** True for a word of Postgres of this age when any change since then would have been heard, and none was. */
  #isCurrent(ageMs: number): boolean {
    const askedAtMs = performance.now() - ageMs - JITTER_MS;
    return askedAtMs > this.#changedAtMs && this.#known.hasHeardSince(askedAtMs);
  }

  #forget({ keyId, digest, tenantId }: KeyChanged): void {
    this.#changedAtMs = performance.now();
    this.#digests.clear();
    this.#known.forget((known, id) => id === digest || known.keyId === keyId || known.tenantId === tenantId);
  }
}

const toLoaded = ({ record, ageMs }: SharedRecord): Loaded<KnownKey> => ({ value: new KnownKey(record), ageMs });
