import { join } from 'node:path';
import { evalScript, loadScript, type RedisConnection } from '@higress/redis';
import { LRUCache } from 'lru-cache';

export interface BackOffRule {
  /** Attempts without a wait. */
  readonly free: number;
  /** The first wait; each further attempt doubles it. */
  readonly baseMs: number;
  readonly longestMs: number;
  /** After the last wait is over, when all is forgotten. */
  readonly forgetMs: number;
}

const ATTEMPT = loadScript(join(__dirname, 'login-attempt.lua'));
const TAKE_BACK = loadScript(join(__dirname, 'login-take-back.lua'));
const MAX_BUCKETS = 10_000;

/** Makes who fails again and again wait longer and longer, over all processes; in this process alone while Redis is away. */
export class BackOff {
  readonly #here = new LRUCache<string, { attempts: number; nextAtMs: number; forgottenAtMs: number }>({ max: MAX_BUCKETS });

  constructor(
    private readonly redis: RedisConnection,
    private readonly rule: BackOffRule,
  ) {}

  /** Counts an attempt. Returns 0 when it may be made, otherwise how long to wait, in ms. */
  async attempt(bucket: string): Promise<number> {
    const { free, baseMs, longestMs, forgetMs } = this.rule;
    const waitMs = await evalScript(this.redis, ATTEMPT, [bucket], [free, baseMs, longestMs, forgetMs]).catch(() => null);
    return typeof waitMs === 'number' ? waitMs : this.#attemptHere(bucket);
  }

  /** An attempt that was no failure does not count, nor does the wait that it brought. */
  takeBack(bucket: string): void {
    const seen = this.#here.get(bucket);
    if (seen) this.#here.set(bucket, { ...seen, attempts: Math.max(0, seen.attempts - 1), nextAtMs: 0 });
    evalScript(this.redis, TAKE_BACK, [bucket], []).catch(() => undefined);
  }

  /** What was counted is forgotten. */
  forgive(bucket: string): void {
    this.#here.delete(bucket);
    this.redis.del(bucket).catch(() => undefined);
  }

  #attemptHere(bucket: string): number {
    const { free, baseMs, longestMs, forgetMs } = this.rule;
    const nowMs = performance.now();
    const seen = this.#here.get(bucket);
    const last = seen && seen.forgottenAtMs > nowMs ? seen : { attempts: 0, nextAtMs: 0 };
    if (last.nextAtMs > nowMs) return Math.ceil(last.nextAtMs - nowMs);
    const attempts = last.attempts + 1;
    const waitMs = attempts < free ? 0 : Math.min(longestMs, baseMs * 2 ** Math.min(attempts - free, 30));
    this.#here.set(bucket, { attempts, nextAtMs: nowMs + waitMs, forgottenAtMs: nowMs + waitMs + forgetMs });
    return 0;
  }
}
