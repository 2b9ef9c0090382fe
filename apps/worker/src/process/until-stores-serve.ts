import { isSchemaCurrent } from '@higress/database';
import { keepTrying } from '@higress/observability';
import { requireSafeRedis, UnsafeRedisError } from '@higress/queues';
import type { Logger } from 'pino';
import type { Stores } from './open-stores';

/**
 * Returns when Redis is there and fit, and Postgres is there with the schema of this release; or as soon as `signal` says to stop.
 * @throws UnsafeRedisError where a safe state Redis is required and this is none.
 */
export async function untilStoresServe({ queueRedis, db, probeDb }: Stores, safeRedisRequired: boolean, logger: Logger, signal: AbortSignal): Promise<void> {
  const persist = (what: string, work: () => Promise<unknown>) => keepTrying(work, { what, logger, signal, isHopeless: (error) => error instanceof UnsafeRedisError });
  try {
    await Promise.all([
      persist('asking the state Redis', () => requireSafeRedis(queueRedis, safeRedisRequired, (problem) => logger.warn(problem))),
      persist('connecting to Postgres', () => Promise.all([db, probeDb].filter((source) => !source.isInitialized).map((source) => source.initialize()))),
    ]);
    await persist('waiting for migrations', async () => {
      if (!(await isSchemaCurrent(probeDb))) throw new Error('migrations are missing: run `ctl migrate up`');
    });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
