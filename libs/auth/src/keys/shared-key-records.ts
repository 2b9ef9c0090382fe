import type { RedisConnection } from '@higress/redis';
import { keyRecordSchema, type KeyRecord } from './key-record';

const LIFE_MS = 60_000;

export interface SharedRecord {
  readonly record: KeyRecord;
  /** Since the moment before Postgres was asked. */
  readonly ageMs: number;
}

/**
 * Key records that processes share through Redis, so that a key costs Postgres one query a minute and not one per process.
 * Each tells its age by Redis's clock, through the rest of its life. Redis away is as if nothing were there.
 */
export class SharedKeyRecords {
  constructor(
    private readonly redis: RedisConnection,
    private readonly prefix: string,
  ) {}

  async find(digest: string): Promise<SharedRecord | null> {
    const key = this.#key(digest);
    const answers = await this.redis.pipeline().get(key).pttl(key).exec().catch(() => null);
    const [text, leftMs] = answers?.map(([error, value]) => (error ? null : value)) ?? [];
    if (typeof text !== 'string' || typeof leftMs !== 'number' || leftMs <= 0) return null;
    const record = parse(text);
    return record && { record, ageMs: LIFE_MS - leftMs };
  }

  /** Keeps a record until it is a minute old. Not waited for; a failure costs the next process a query. */
  keep(digest: string, record: KeyRecord, ageMs: number): void {
    const leftMs = Math.floor(LIFE_MS - ageMs);
    if (leftMs > 0) this.redis.set(this.#key(digest), JSON.stringify(record), 'PX', leftMs).catch(() => undefined);
  }

  #key(digest: string): string {
    return `${this.prefix}key:${digest}`;
  }
}

function parse(text: string): KeyRecord | null {
  try {
    return keyRecordSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
