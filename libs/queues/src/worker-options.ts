import type { WorkerOptions } from 'bullmq';
import type { RedisConnection } from '@higress/redis';
import { queuePrefix } from './queue-prefix';

export interface WorkerTerms {
  /** A connection of the role `queue`: it waits for Redis for as long as it takes. Stays the caller's to close. */
  readonly redis: RedisConnection;
  /** `CACHE_PREFIX`. */
  readonly prefix: string;
  /** Jobs at the same time. */
  readonly concurrency: number;
  /** How long a job may go without a sign of life before another worker takes it over. 15,000 unless told. */
  readonly stalledAfterMs?: number;
}

/** How a worker reads a queue. */
export function workerOptions({ redis, prefix, concurrency, stalledAfterMs = 15_000 }: WorkerTerms): WorkerOptions {
  return {
    connection: redis,
    prefix: queuePrefix(prefix),
    concurrency,
    lockDuration: stalledAfterMs,
    stalledInterval: stalledAfterMs / 2,
    // The default of 1 fails a job whose worker was killed twice, whatever its `attempts`; processors are idempotent, so it may go on.
    maxStalledCount: 20,
    // The default of 15 s would outlast a restart of Redis by far.
    runRetryDelay: 1000,
  };
}
