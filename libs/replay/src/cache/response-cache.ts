import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Ending } from '@higress/kernel';
import { evalScript, loadScript, type RedisConnection } from '@higress/redis';
import { decodeAnswer, encodeAnswer, type KeptAnswer } from '../kept-answer';
import { Flight } from './flight';
import type { Lead } from './lead';

/** A lock that nobody prolongs for this long is a dead process's. */
const LOCK_MS = 10_000;
const PROLONG_MS = 3_000;
/** How often another process's answer is looked for, at first and at most. */
const FIRST_LOOK_MS = 20;
const LONGEST_LOOK_MS = 200;

const LOCK = loadScript(join(__dirname, 'lock.lua'));

export interface ResponseCacheOptions {
  /** Of the cache, with role `request`. While it is away every request is a miss, and single only in its process. */
  readonly redis: RedisConnection;
  readonly prefix: string;
}

/** Answers to requests that were asked before, exactly alike; many who ask for the same at once wait for one of them. */
export class ResponseCache {
  private readonly flights = new Map<string, Flight>();

  constructor(private readonly options: ResponseCacheOptions) {}

  /**
   * The answer, or the right to make it. Waits while somebody else makes it, here or in another process.
   * @param key of `answerKey`
   * @param waitMs how long to wait for others; then the caller makes an answer of its own
   * @throws the reason of `ending`, where it ends meanwhile
   */
  async find(key: string, { ending, waitMs }: { readonly ending: Ending; readonly waitMs: number }): Promise<KeptAnswer | Lead> {
    const over = new AbortController();
    const end = () => over.abort();
    const patience = setTimeout(end, waitMs);
    ending.addEventListener('abort', end);
    try {
      return await this.findUntil(key, ending, over.signal);
    } finally {
      clearTimeout(patience);
      ending.removeEventListener('abort', end);
    }
  }

  private async findUntil(key: string, ending: Ending, over: AbortSignal): Promise<KeptAnswer | Lead> {
    for (let flight = this.flights.get(key); flight; flight = this.flights.get(key)) {
      const answer = await landedOr(flight, over);
      if (ending.aborted) throw ending.reason;
      if (answer) return answer;
      if (over.aborted) return ALONE;
    }
    return this.lead(key, ending, over);
  }

  private async lead(key: string, ending: Ending, over: AbortSignal): Promise<KeptAnswer | Lead> {
    const flight = new Flight();
    this.flights.set(key, flight);
    const land = (answer: KeptAnswer | null) => {
      this.flights.delete(key);
      flight.end(answer);
    };
    const name = this.options.prefix + key;
    const found = await this.foundOrLocked(name, over);
    if (ending.aborted) {
      if (typeof found === 'string') this.unlock(name, found);
      land(null);
      throw ending.reason;
    }
    if (found !== null && typeof found !== 'string') {
      land(found);
      return found;
    }
    return this.leadOf(name, found, land);
  }

  /** The answer, the token of a lock that is now ours, or null: Redis is away, or others took too long. */
  private async foundOrLocked(name: string, over: AbortSignal): Promise<KeptAnswer | string | null> {
    const { redis } = this.options;
    const token = randomUUID();
    try {
      for (let lookMs = FIRST_LOOK_MS; !over.aborted; lookMs = Math.min(lookMs * 1.5, LONGEST_LOOK_MS)) {
        const found = await this.read(name);
        if (found) return found;
        if (await redis.set(lockOf(name), token, 'PX', LOCK_MS, 'NX')) {
          // Whoever held it before may have ended between the two.
          const late = await this.read(name);
          if (!late) return token;
          this.unlock(name, token);
          return late;
        }
        await pause(lookMs, undefined, { signal: over }).catch(() => undefined);
      }
    } catch {
      // Redis away is a miss.
    }
    return null;
  }

  private async read(name: string): Promise<KeptAnswer | null> {
    const bytes = await this.options.redis.getBuffer(name);
    return bytes && decodeAnswer(bytes);
  }

  private leadOf(name: string, token: string | null, land: (answer: KeptAnswer | null) => void): Lead {
    const prolonging = token === null ? undefined : setInterval(() => this.lock(name, token, LOCK_MS), PROLONG_MS);
    const end = (answer: KeptAnswer | null) => {
      clearInterval(prolonging);
      if (token !== null) this.unlock(name, token);
      land(answer);
    };
    return {
      keep: async (answer, ttlSeconds) => {
        await this.options.redis.set(name, encodeAnswer(answer), 'EX', ttlSeconds).catch(() => undefined);
        end(answer);
      },
      giveUp: () => end(null),
    };
  }

  private unlock(name: string, token: string): void {
    this.lock(name, token, 0);
  }

  private lock(name: string, token: string, lifeMs: number): void {
    evalScript(this.options.redis, LOCK, [lockOf(name)], [token, lifeMs]).catch(() => undefined);
  }
}

function lockOf(name: string): string {
  return `${name}:lock`;
}

/** For one who waited long enough: nobody waits for it, and what it makes is its own. */
const ALONE: Lead = { keep: async () => undefined, giveUp: () => undefined };

/** What the flight came to, or null when `over` came first. */
async function landedOr({ landed }: Flight, over: AbortSignal): Promise<KeptAnswer | null> {
  if (over.aborted) return null;
  let stop: () => void = () => undefined;
  const stopped = new Promise<null>((resolve) => over.addEventListener('abort', (stop = () => resolve(null)), { once: true }));
  try {
    return await Promise.race([landed, stopped]);
  } finally {
    over.removeEventListener('abort', stop);
  }
}
