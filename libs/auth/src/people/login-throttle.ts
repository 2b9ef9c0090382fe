import { createHash } from 'node:crypto';
import { DomainError } from '@higress/kernel';
import type { RedisConnection } from '@higress/redis';
import { LRUCache } from 'lru-cache';

interface Rule {
  readonly attempts: number;
  readonly windowMs: number;
}

const PER_ACCOUNT: Rule = { attempts: 10, windowMs: 300_000 };
const PER_IP: Rule = { attempts: 30, windowMs: 60_000 };

/** How often a password may be guessed, per account and per address, over all processes; per process while Redis is away. */
export class LoginThrottle {
  readonly #here = new LRUCache<string, { count: number; endsAtMs: number }>({ max: 10_000 });

  constructor(
    private readonly redis: RedisConnection,
    private readonly prefix: string,
  ) {}

  /** Counts an attempt. @throws DomainError RATE_LIMIT_RPM once there were too many */
  async attempt(email: string, ip: string): Promise<void> {
    await this.#count(this.#accountKey(email), PER_ACCOUNT);
    await this.#count(`${this.prefix}login:ip:${ip}`, PER_IP);
  }

  /** A right password: earlier mistakes on this account no longer count. */
  forgive(email: string): void {
    const key = this.#accountKey(email);
    this.#here.delete(key);
    this.redis.del(key).catch(() => undefined);
  }

  async #count(key: string, rule: Rule): Promise<void> {
    const { count, leftMs } = (await this.#countInRedis(key, rule)) ?? this.#countHere(key, rule);
    if (count > rule.attempts) throw new DomainError('RATE_LIMIT_RPM', { message: 'Too many logins. Wait, then try again.', retryAfterMs: leftMs });
  }

  async #countInRedis(key: string, { windowMs }: Rule): Promise<{ count: number; leftMs: number } | null> {
    const answers = await this.redis.multi().set(key, 0, 'PX', windowMs, 'NX').incr(key).pttl(key).exec().catch(() => null);
    const [, count, leftMs] = answers?.map(([error, value]) => (error ? null : value)) ?? [];
    return typeof count === 'number' && typeof leftMs === 'number' ? { count, leftMs: Math.max(leftMs, 1000) } : null;
  }

  #countHere(key: string, { windowMs }: Rule): { count: number; leftMs: number } {
    const nowMs = performance.now();
    const seen = this.#here.get(key);
    const window = seen && seen.endsAtMs > nowMs ? seen : { count: 0, endsAtMs: nowMs + windowMs };
    window.count += 1;
    this.#here.set(key, window);
    return { count: window.count, leftMs: window.endsAtMs - nowMs };
  }

  /** The address itself stays out of Redis. */
  #accountKey(email: string): string {
    return `${this.prefix}login:account:${createHash('sha256').update(email.trim().toLowerCase()).digest('hex')}`;
  }
}
