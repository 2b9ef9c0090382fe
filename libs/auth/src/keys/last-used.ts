import type { DataSource } from 'typeorm';

/** How long a use may wait to be written down. */
const FLUSH_MS = 15_000;

// Rows that another process writes at the moment are left to it: it says nearly the same, and nobody waits for anybody.
const WRITE = `
  with used as (select * from unnest($1::uuid[], $2::timestamptz[]) as used (id, at)),
       free as (select k.id from api_keys k join used using (id) order by k.id for no key update of k skip locked)
  update api_keys k set last_used_at = used.at from used join free using (id)
   where k.id = used.id and (k.last_used_at is null or k.last_used_at < used.at)`;

/** When keys were used last: noted in memory on each call, written to Postgres a few times a minute, so that no call pays for it. */
export class LastUsed {
  #usedAtMs = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  /** @param dataSource a pool that no request waits for */
  constructor(
    private readonly dataSource: DataSource,
    private readonly flushMs: number = FLUSH_MS,
  ) {}

  note(keyId: string): void {
    this.#usedAtMs.set(keyId, Date.now());
  }

  start(): void {
    this.#timer = setInterval(() => void this.flush(), this.flushMs).unref();
  }

  /** Writes what is noted, and takes no more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  /** Never rejects: what Postgres did not take is tried again with the next flush, unless the key was used since. */
  async flush(): Promise<void> {
    const noted = this.#usedAtMs;
    if (noted.size === 0 || !this.dataSource.isInitialized) return;
    this.#usedAtMs = new Map();
    try {
      await this.dataSource.query(WRITE, [[...noted.keys()], Array.from(noted.values(), (ms) => new Date(ms))]);
    } catch {
      for (const [keyId, ms] of noted) if (!this.#usedAtMs.has(keyId)) this.#usedAtMs.set(keyId, ms);
    }
  }
}
