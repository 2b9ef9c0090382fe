import { setTimeout as pause } from 'node:timers/promises';
import { stateRedisUrl, type Settings } from '@higress/config';
import { createDataSource } from '@higress/database';
import { OutageLog } from '@higress/observability';
import { Announcements, openRedis, type RedisConnection, type RedisRole } from '@higress/redis';
import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';

export interface Stores {
  /** Waits for Redis: BullMQ's. */
  readonly queueRedis: RedisConnection;
  /** Does not wait. */
  readonly stateRedis: RedisConnection;
  readonly subscriber: RedisConnection;
  readonly announcements: Announcements;
  readonly db: DataSource;
}

const STATEMENT_TIMEOUT_MS = 5000;
/** Logins and probes. */
const POOL_SIZE = 4;

/** Opens everything without waiting for any of it; the data source is initialised by the caller, who has the patience. */
export function openStores(settings: Settings<'board'>, logger: Logger): Stores {
  const outages = new OutageLog(logger, 'state Redis');
  const redis = (role: RedisRole) => openRedis(stateRedisUrl(settings), { role, name: `board-${role}`, onError: outages.away }).on('ready', outages.back);
  const [queueRedis, stateRedis, subscriber] = [redis('queue'), redis('request'), redis('subscriber')];
  const db = createDataSource({
    url: settings.DATABASE_URL,
    name: 'higress-board',
    poolSize: POOL_SIZE,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    onConnectionLost: (error) => logger.debug({ err: error }, 'a connection to Postgres was lost'),
    ...(settings.DEBUG && { onStatement: (sql) => logger.debug({ sql }, 'statement') }),
  });
  return { queueRedis, stateRedis, subscriber, announcements: new Announcements(stateRedis, subscriber, settings.CACHE_PREFIX), db };
}

/** Never rejects, and waits at most a second for statements that still run. */
export async function closeStores({ queueRedis, stateRedis, subscriber, announcements, db }: Stores): Promise<void> {
  announcements.close();
  if (db.isInitialized) await Promise.race([db.destroy().catch(() => undefined), pause(1000, undefined, { ref: false })]);
  for (const redis of [queueRedis, stateRedis, subscriber]) redis.disconnect();
}
