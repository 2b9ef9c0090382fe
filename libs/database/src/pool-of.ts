import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';

/** Runs one statement on a connection of its own. */
export interface StatementRunner {
  query(text: string, values?: unknown[]): Promise<unknown>;
}

/**
 * The pg pool beneath a data source, for the hot path: TypeORM's query runner, its events and its bookkeeping cost more than the statement's own way.
 * Time limits and lost connections are the same; before the data source is open it rejects as TypeORM does.
 */
export function poolOf(dataSource: DataSource): StatementRunner {
  const pool = () => (dataSource.driver as unknown as { master: Pool }).master;
  return { query: (text, values) => (dataSource.isInitialized ? pool().query(text, values) : dataSource.query(text, values)) };
}
