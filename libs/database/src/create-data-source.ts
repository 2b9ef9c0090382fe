import { DataSource } from 'typeorm';
import { ENTITIES } from './entities';
import { MIGRATIONS, MIGRATIONS_TABLE } from './migration-files';
import { SnakeNames } from './snake-names';
import { SqlLog } from './sql-log';
import { SturdyClient } from './sturdy-client';
import { toPostgresUrl } from './to-postgres-url';

export interface DataSourceSettings {
  /** Any form that {@link toPostgresUrl} reads. Parameters in it win over the settings here. */
  readonly url: string;
  /** Shown as `application_name` in `pg_stat_activity`. */
  readonly name: string;
  /** Connections at most. A caller waits `connectTimeoutMs` for a free one. */
  readonly poolSize: number;
  /** The server ends a longer statement; half of it is the longest wait for a lock. */
  readonly statementTimeoutMs: number;
  /** To open a connection, or to wait for a free one; 2,000 unless told. */
  readonly connectTimeoutMs?: number;
  /** TLS where the URL does not say; see node's `tls.connect`. */
  readonly ssl?: boolean | { readonly ca?: string; readonly rejectUnauthorized?: boolean };
  /** Hears of an idle connection that was lost; the pool has already dropped it. */
  readonly onConnectionLost?: (error: Error) => void;
  /** Hears every statement, without its parameters, which may be secrets. */
  readonly onStatement?: (sql: string) => void;
}

const CONNECT_TIMEOUT_MS = 2_000;
/** The server's own timeout answers first; this one is for a server that answers nothing. */
const SILENCE_MS = 500;
const IDLE_IN_TRANSACTION_MS = 10_000;
const KEEP_ALIVE_AFTER_MS = 5_000;
const IDLE_CONNECTION_MS = 60_000;

/**
 * A pool with all entities and migrations; `initialize()` opens it and may be tried again when it fails.
 * Nothing on it waits without end: a dead, frozen, read-only or locked server becomes an error that `isDatabaseAway` knows, its connection is dropped,
 * and the next statement opens another. Make one for requests and one for background work, so that neither starves the other.
 */
export function createDataSource(settings: DataSourceSettings): DataSource {
  return new DataSource({
    type: 'postgres',
    entities: ENTITIES,
    migrations: MIGRATIONS,
    migrationsTableName: MIGRATIONS_TABLE,
    namingStrategy: new SnakeNames(),
    installExtensions: false,
    poolSize: settings.poolSize,
    poolErrorHandler: (error: Error) => settings.onConnectionLost?.(error),
    ...(settings.onStatement && { logging: ['query'], logger: new SqlLog(settings.onStatement) }),
    extra: {
      Client: SturdyClient,
      connectionString: toPostgresUrl(settings.url),
      ...(settings.ssl !== undefined && { ssl: settings.ssl }),
      application_name: settings.name,
      connectionTimeoutMillis: settings.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      statement_timeout: settings.statementTimeoutMs,
      lock_timeout: Math.ceil(settings.statementTimeoutMs / 2),
      query_timeout: settings.statementTimeoutMs + SILENCE_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
      idleTimeoutMillis: IDLE_CONNECTION_MS,
    },
  });
}
