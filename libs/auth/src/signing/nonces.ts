import { DomainError } from '@higress/kernel';
import type { RedisConnection } from '@higress/redis';

/** Longer than a timestamp can be good for: 300 s before its time, 300 s after it, and room for clocks that disagree. */
const LIFE_SECONDS = 660;

/** Remembers which nonces were used, for every process, in the state Redis. */
export class Nonces {
  constructor(
    private readonly redis: RedisConnection,
    private readonly prefix: string,
  ) {}

  /**
   * True the first time that this key uses this nonce, and never again while a signature that holds it could be good.
   * @throws DomainError NOT_READY when Redis cannot tell: a call that may be a replay is not let through
   */
  async take(keyId: string, nonce: string): Promise<boolean> {
    try {
      return (await this.redis.set(`${this.prefix}nonce:${keyId}:${nonce}`, '1', 'EX', LIFE_SECONDS, 'NX')) === 'OK';
    } catch (cause) {
      throw new DomainError('NOT_READY', { message: 'Signed requests cannot be checked now. Send it again with a new nonce.', retryAfterMs: 1000, cause });
    }
  }
}
