import type { Announcements } from '@higress/redis';
import type { DataSource } from 'typeorm';
import { IpAllowList } from '../keys/ip-allow-list';
import { BLOCKED_IPS_CHANGED } from './blocked-ips';

export interface BlockedAddressesOptions {
  /** The background pool: no request waits for it. */
  readonly dataSource: DataSource;
  readonly announcements: Pick<Announcements, 'on' | 'onReconnect' | 'connected'>;
  readonly onFault: (error: unknown) => void;
}

/** How often to look whether a block has lapsed. */
const LOOK_MS = 10_000;
/** The same while a change could be missed. */
const DEAF_LOOK_MS = 750;

/**
 * The addresses whose calls are refused, in memory, so that a refusal costs no look-up. Changes are heard when they are announced; while Postgres is away
 * what was blocked stays blocked. Before the first load nobody is.
 */
export class BlockedAddresses {
  #list = new IpAllowList([]);
  #any = false;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = true;
  #loading: Promise<void> | null = null;
  #isStale = false;

  constructor(private readonly options: BlockedAddressesOptions) {
    options.announcements.on(BLOCKED_IPS_CHANGED, () => this.#refresh());
    options.announcements.onReconnect(() => this.#refresh());
  }

  /** False while none is blocked, so that nobody needs to ask for an address. */
  get any(): boolean {
    return this.#any;
  }

  has(ip: string): boolean {
    return this.#list.allows(ip);
  }

  /** Loads, and looks for changes until {@link stop}. */
  async start(): Promise<void> {
    this.#isStopped = false;
    await this.#look();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    await this.#reload();
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.#look(), this.options.announcements.connected ? LOOK_MS : DEAF_LOOK_MS).unref();
  }

  #refresh(): void {
    if (!this.#isStopped) void this.#reload();
  }

  /** Calls that come while one runs share the next one, so that each sees what was committed before it. */
  async #reload(): Promise<void> {
    this.#isStale = true;
    while (this.#isStale) await (this.#loading ??= this.#load());
  }

  async #load(): Promise<void> {
    this.#isStale = false;
    try {
      const rows = await this.options.dataSource.query<{ cidr: string }[]>('select cidr::text from blocked_ips where expires_at is null or expires_at > now()');
      this.#list = new IpAllowList(rows.map(({ cidr }) => cidr));
      this.#any = rows.length > 0;
    } catch (error) {
      this.options.onFault(error);
    } finally {
      this.#loading = null;
    }
  }
}
