import { isDatabaseAway } from '@higress/database';
import { DomainError } from '@higress/kernel';
import type { Announcements } from '@higress/redis';
import { LRUCache } from 'lru-cache';

/** What the truth said, and how long ago. */
export interface Loaded<V> {
  /** Null: there is no such thing. */
  readonly value: V | null;
  readonly ageMs: number;
}

export interface VouchedOptions<V> {
  /** Asks the truth. Rejects when it cannot be asked: that is never the same as null. */
  readonly load: (id: string) => Promise<Loaded<V>>;
  readonly announcements: Pick<Announcements, 'connected' | 'onReconnect'>;
  /** Entries at most, and as many ids that are known not to exist. */
  readonly max: number;
  /** A clock that never runs backwards, in milliseconds. */
  readonly clock?: () => number;
}

/** How long the truth's word holds, from the moment before it was asked. */
const LIFE_MS = 60_000;
/** Asked again in the background from here on, so that an outage finds every entry in use with most of its life before it. */
const RENEW_MS = 20_000;
/** Between two such questions for one entry. */
const RENEW_PAUSE_MS = 1_000;
/** For as long as a change could be missed, and for what was asked before listening began. */
const UNHEARD_LIFE_MS = 1_000;
const ABSENT_LIFE_MS = 5_000;
/** An entry that may still be served is served when the truth takes longer than this. */
const PATIENCE_MS = 500;
/** After a failure, those who can do without do not ask for this long. */
const REST_MS = 250;

interface Entry<V> {
  readonly value: V;
  readonly askedAtMs: number;
  renewAtMs: number;
}

/**
 * Remembers what Postgres said of a caller, so that a known caller costs no query, and says when that word no longer holds:
 * at a change that was announced, after a second while announcements cannot be heard, and after a minute in any case.
 * With Postgres away an entry is served for a minute after Postgres last vouched for it; then the caller is told to come back, never that it is unknown.
 */
export class Vouched<V> {
  readonly #present: LRUCache<string, Entry<V>>;
  readonly #absent: LRUCache<string, { askedAtMs: number }>;
  readonly #loading = new Map<string, Promise<V | null>>();
  readonly #clock: () => number;
  #listeningSinceMs = Infinity;
  #failedAtMs = -Infinity;
  #epoch = 0;

  constructor(private readonly options: VouchedOptions<V>) {
    this.#present = new LRUCache({ max: options.max });
    this.#absent = new LRUCache({ max: options.max });
    this.#clock = options.clock ?? (() => performance.now());
    options.announcements.onReconnect(() => (this.#listeningSinceMs = this.#clock()));
    // Made while others listen already: its own topics are subscribed to in a moment.
    if (options.announcements.connected) this.#listeningSinceMs = this.#clock() + UNHEARD_LIFE_MS;
  }

  /** What holds now without asking anybody; undefined when the truth must be asked. */
  peek(id: string): V | null | undefined {
    const nowMs = this.#clock();
    const entry = this.#present.get(id);
    if (!entry) return this.#holds(this.#absent.get(id), nowMs, ABSENT_LIFE_MS) ? null : undefined;
    if (!this.#holds(entry, nowMs, LIFE_MS)) return undefined;
    if (nowMs > entry.renewAtMs) this.#renew(id, entry, nowMs);
    return entry.value;
  }

  /** What holds now. @throws DomainError NOT_READY when nothing does and the truth cannot be asked. */
  async get(id: string): Promise<V | null> {
    const known = this.peek(id);
    if (known !== undefined) return known;
    const nowMs = this.#clock();
    const entry = this.#present.get(id);
    const last = entry && nowMs - entry.askedAtMs <= LIFE_MS ? entry : undefined;
    if (!last) return this.#ask(id);
    return this.#rests(nowMs) ? last.value : this.#askWithin(id, last);
  }

  /** True for a moment as given by the clock when every change since then was, or will be, heard. */
  hasHeardSince(askedAtMs: number): boolean {
    return this.options.announcements.connected && askedAtMs >= this.#listeningSinceMs;
  }

  /** Forgets what has changed, and every absence, for what was absent may be there now. Loads that are under way are not remembered. */
  forget(hasChanged: (value: V, id: string) => boolean): void {
    this.#epoch += 1;
    this.#loading.clear();
    this.#absent.clear();
    for (const [id, { value }] of this.#present.entries()) if (hasChanged(value, id)) this.#present.delete(id);
  }

  #holds(entry: { askedAtMs: number } | undefined, nowMs: number, lifeMs: number): boolean {
    if (!entry) return false;
    return nowMs - entry.askedAtMs <= (this.hasHeardSince(entry.askedAtMs) ? lifeMs : UNHEARD_LIFE_MS);
  }

  #renew(id: string, entry: Entry<V>, nowMs: number): void {
    entry.renewAtMs = nowMs + RENEW_PAUSE_MS;
    this.#ask(id).catch(() => undefined);
  }

  #rests(nowMs: number): boolean {
    return nowMs - this.#failedAtMs < REST_MS;
  }

  /** One question per id at a time. */
  #ask(id: string): Promise<V | null> {
    const asked = this.#loading.get(id);
    if (asked) return asked;
    const loading = this.#load(id).finally(() => this.#loading.get(id) === loading && this.#loading.delete(id));
    this.#loading.set(id, loading);
    return loading;
  }

  async #load(id: string): Promise<V | null> {
    const epoch = this.#epoch;
    const nowMs = this.#clock();
    try {
      const { value, ageMs } = await this.options.load(id);
      if (epoch === this.#epoch) this.#remember(id, value, nowMs - ageMs);
      return value;
    } catch (error) {
      this.#failedAtMs = this.#clock();
      throw isDatabaseAway(error) ? notReady(error) : error;
    }
  }

  #remember(id: string, value: V | null, askedAtMs: number): void {
    if (value === null) {
      this.#present.delete(id);
      this.#absent.set(id, { askedAtMs });
      return;
    }
    this.#absent.delete(id);
    this.#present.set(id, { value, askedAtMs, renewAtMs: Math.max(askedAtMs + RENEW_MS, this.#clock() + RENEW_PAUSE_MS) });
  }

  async #askWithin(id: string, last: Entry<V>): Promise<V | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<V>((resolve) => (timer = setTimeout(() => this.#tookTooLong(resolve, last.value), PATIENCE_MS)));
    try {
      return await Promise.race([this.#ask(id), late]);
    } catch {
      return last.value;
    } finally {
      clearTimeout(timer);
    }
  }

  #tookTooLong(resolve: (value: V) => void, value: V): void {
    this.#failedAtMs = this.#clock();
    resolve(value);
  }
}

const notReady = (cause?: unknown) => new DomainError('NOT_READY', { retryAfterMs: 1000, cause });
