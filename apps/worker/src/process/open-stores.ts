import { setTimeout as pause } from 'node:timers/promises';
import { stateRedisUrl, type Settings } from '@higress/config';
import { createDataSource } from '@higress/database';
import { OutageLog } from '@higress/observability';
import { openRedis, type RedisConnection, type RedisRole } from '@higress/redis';
import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';

export interface Stores {
  /** Waits for Redis: BullMQ's. */
  readonly queueRedis: RedisConnection;
  /** Does not wait: probes, metrics, signs of life. */
  readonly stateRedis: RedisConnection;
  /** The jobs' own. */
  readonly db: DataSource;
  /** The probes' own: two connections that no job can hold up, and no statement of over a second. */
  readonly probeDb: DataSource;
}

/** Long enough for the sums of an hour of a busy installation. */
const JOB_STATEMENT_TIMEOUT_MS = 120_000;

/** Opens everything without waiting for any of it; the data sources are initialised by the caller, who has the patience. */
export function openStores(settings: Settings<'worker'>, logger: Logger): Stores {
  const outages = new OutageLog(logger, 'state Redis');
  const redis = (role: RedisRole) => openRedis(stateRedisUrl(settings), { role, name: `worker-${role}`, onError: outages.away }).on('ready', outages.back);
  const database = (name: string, poolSize: number, statementTimeoutMs: number) =>
    createDataSource({
      url: settings.DATABASE_URL,
      name,
      poolSize,
      statementTimeoutMs,
      onConnectionLost: (error) => logger.debug({ err: error }, 'a connection to Postgres was lost'),
      ...(settings.DEBUG && { onStatement: (sql) => logger.debug({ sql }, 'statement') }),
    });
  return {
    queueRedis: redis('queue'),
    stateRedis: redis('request'),
    db: database('higress-worker', settings.DATABASE_POOL_SIZE, JOB_STATEMENT_TIMEOUT_MS),
    probeDb: database('higress-worker-probe', 2, 1000),
  };
}

/** Never rejects, and waits at most a second for statements that still run. */
export async function closeStores({ queueRedis, stateRedis, db, probeDb }: Stores): Promise<void> {
  const closed = [db, probeDb].filter((source) => source.isInitialized).map((source) => source.destroy());
  await Promise.race([Promise.allSettled(closed), pause(1000, undefined, { ref: false })]);
  queueRedis.disconnect();
  stateRedis.disconnect();
}
