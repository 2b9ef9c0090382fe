import { LRUCache } from 'lru-cache';
import { RateLimitRefusal } from './rate-limit-refusal';

const MOST = 10_000;

/** Who was refused a moment ago, and for how long. Bounded: the one unused for longest is forgotten first. */
export class RecentRefusals {
  readonly #refusals = new LRUCache<string, { readonly refusal: RateLimitRefusal; readonly tokens: number; readonly atMs: number }>({ max: MOST });

  /** @param tokens the fewest tokens that the limit refuses: 0 for a limit on requests */
  add(scopeKey: string, refusal: RateLimitRefusal, tokens: number): void {
    this.#refusals.set(scopeKey, { refusal, tokens, atMs: performance.now() });
  }

  /** The refusal again, with what is left of its wait; null when it is over, older than `maxAgeMs`, or was of a larger call. */
  find(scopeKey: string, tokens: number, maxAgeMs = Infinity): RateLimitRefusal | null {
    const known = this.#refusals.get(scopeKey);
    if (!known || tokens < known.tokens) return null;
    const { code, message, scope, view, degraded, retryAfterMs } = known.refusal;
    const ageMs = performance.now() - known.atMs;
    const leftMs = Math.ceil((retryAfterMs ?? 0) - ageMs);
    if (leftMs <= 0 || ageMs > maxAgeMs) return null;
    return new RateLimitRefusal(code, message, scope, view, degraded, leftMs);
  }
}
