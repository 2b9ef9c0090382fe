import { LRUCache } from 'lru-cache';
import { RateLimitRefusal } from './rate-limit-refusal';

const MOST = 10_000;
/** A refund may let an address in again before its wait is over. */
const LONGEST_MS = 1000;

/** Addresses that were refused a moment ago: they are refused again without asking Redis, which a flood would otherwise reach. */
export class BlockedAddresses {
  readonly #refusals = new LRUCache<string, { refusal: RateLimitRefusal; atMs: number }>({ max: MOST, ttl: LONGEST_MS });

  /** @throws RateLimitRefusal as before, with what is left of its wait */
  check(address: string): void {
    const known = this.#refusals.get(address);
    if (!known?.refusal.retryAfterMs) return;
    const { refusal, atMs } = known;
    const leftMs = known.refusal.retryAfterMs - (performance.now() - atMs);
    if (leftMs > 0) throw new RateLimitRefusal(refusal.code, refusal.message, refusal.scope, refusal.view, refusal.degraded, Math.ceil(leftMs));
  }

  add(address: string, error: unknown): void {
    if (error instanceof RateLimitRefusal) this.#refusals.set(address, { refusal: error, atMs: performance.now() });
  }
}
