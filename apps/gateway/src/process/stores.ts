import { cacheRedisUrl, type Settings, stateRedisUrl } from '@higress/config';
import { createDataSource } from '@higress/database';
import { Announcements, openRedis, type RedisConnection } from '@higress/redis';
import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';

const REQUEST_STATEMENT_MS = 2_000;
const BACKGROUND_STATEMENT_MS = 10_000;
/** One for holds, one for settles, one to look whether Postgres is back, one to spare. */
const BILLING_CONNECTIONS = 4;

/** Every connection of one gateway process. Opening them waits for nothing: a store that is away at the start is one that comes back. */
export interface Stores {
  /** For what a caller waits for. */
  readonly requests: DataSource;
  /** For the catalog and everything else that nobody waits for, so that neither starves the other. */
  readonly background: DataSource;
  /** For holds and settles alone. */
  readonly billing: DataSource;
  readonly state: RedisConnection;
  readonly cache: RedisConnection;
  readonly announcements: Announcements;
  close(): Promise<void>;
}

export function openStores(settings: Settings<'gateway'>, logger: Logger): Stores {
  const redis = (url: string, role: 'request' | 'subscriber', name: string) => {
    let away = false;
    const connection = openRedis(url, { role, name, onError: (error) => away || ((away = true), logger.warn({ store: name, reason: error.message }, 'Redis is away')) });
    connection.on('ready', () => away && ((away = false), logger.info({ store: name }, 'Redis is back')));
    return connection;
  };
  const database = (name: string, poolSize: number, statementTimeoutMs: number) =>
    createDataSource({
      url: settings.DATABASE_URL, name, poolSize, statementTimeoutMs,
      onConnectionLost: (error) => logger.warn({ store: name, reason: error.message }, 'a Postgres connection was lost'),
      ...(settings.DEBUG && { onStatement: (sql: string) => logger.debug({ sql }, 'sql') }),
    });
  const requests = database('gateway', settings.DATABASE_POOL_SIZE, REQUEST_STATEMENT_MS);
  const background = database('gateway-background', Math.max(2, Math.ceil(settings.DATABASE_POOL_SIZE / 2)), BACKGROUND_STATEMENT_MS);
  const billing = database('gateway-billing', BILLING_CONNECTIONS, BACKGROUND_STATEMENT_MS);
  const state = redis(stateRedisUrl(settings), 'request', 'gateway-state');
  const cache = redis(cacheRedisUrl(settings), 'request', 'gateway-cache');
  const subscriber = redis(stateRedisUrl(settings), 'subscriber', 'gateway-subscriber');
  const announcements = new Announcements(state, subscriber, settings.CACHE_PREFIX);
  return {
    requests, background, billing, state, cache, announcements,
    async close() {
      announcements.close();
      for (const connection of [state, cache, subscriber]) connection.disconnect();
      await Promise.all([requests, background, billing].map((source) => source.isInitialized && source.destroy()));
    },
  };
}
