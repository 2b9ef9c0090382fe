import { DomainError } from '@higress/kernel';
import type { Sealer } from '@higress/database';
import type { Announcements } from '@higress/redis';
import type { DataSource } from 'typeorm';
import { loadSnapshot, type CatalogSnapshot } from './load-snapshot';

export interface CatalogOptions {
  /** The background pool: no request waits for the catalog. */
  readonly dataSource: DataSource;
  readonly sealer: Sealer;
  readonly announcements?: Pick<Announcements, 'on' | 'onReconnect'>;
  /** How often the version is compared for changes whose announcement was missed, in milliseconds; 2,000 unless told. */
  readonly pollMs?: number;
  /** Told of each part that is left out and of each look that failed. Never holds a secret. */
  readonly onFault?: (message: string) => void;
}

/**
 * What can be called, kept in memory. A request reads {@link snapshot} and never waits: the next one is prepared aside, and when
 * Postgres is away the last one goes on serving.
 */
export class Catalog {
  #snapshot: CatalogSnapshot | null = null;
  #loading: Promise<void> | null = null;
  #isStale = false;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #isBlind = false;
  readonly #options: CatalogOptions;

  constructor(options: CatalogOptions) {
    this.#options = options;
    options.announcements?.on('catalog-changed', () => this.#refresh());
    options.announcements?.onReconnect(() => this.#refresh());
  }

  /** @throws DomainError NOT_READY until it was loaded for the first time. */
  get snapshot(): CatalogSnapshot {
    if (!this.#snapshot) throw new DomainError('NOT_READY', { retryAfterMs: 1000 });
    return this.#snapshot;
  }

  get isLoaded(): boolean {
    return this.#snapshot !== null;
  }

  /** Loads, and looks for changes until {@link stop}. Resolves after the first try, which may have failed: the next look tries again. */
  async start(): Promise<void> {
    this.#isStopped = false;
    await this.#look();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** Loads anew. Calls that come while one runs share the next one, so that each sees what was committed before it. */
  async reload(): Promise<void> {
    this.#isStale = true;
    while (this.#isStale) await (this.#loading ??= this.#load());
  }

  async #load(): Promise<void> {
    this.#isStale = false;
    try {
      const { dataSource, sealer, onFault = () => undefined } = this.#options;
      this.#snapshot = await loadSnapshot(dataSource, sealer, onFault);
      this.#isBlind = false;
    } finally {
      this.#loading = null;
    }
  }

  #refresh(): void {
    if (!this.#isStopped) this.reload().catch((error: unknown) => this.#tell(error));
  }

  async #look(): Promise<void> {
    try {
      if (await this.#hasMoved()) await this.reload();
    } catch (error) {
      this.#tell(error);
    }
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.#look(), this.#options.pollMs ?? 2000).unref();
  }

  async #hasMoved(): Promise<boolean> {
    const { version, nextPriceAt } = this.#snapshot ?? {};
    if (version === undefined || (nextPriceAt && nextPriceAt.getTime() <= Date.now())) return true;
    const [row] = await this.#options.dataSource.query<{ version: string }[]>('select version::text from catalog_version');
    this.#isBlind = false;
    return row !== undefined && BigInt(row.version) !== version;
  }

  /** Once per outage, not at every look. */
  #tell(error: unknown): void {
    if (this.#isBlind) return;
    this.#isBlind = true;
    this.#options.onFault?.(`the catalog could not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
