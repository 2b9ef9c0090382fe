import { rowsOf, type Sql } from '../postgres/sql';

/** Makes the monthly partitions of usage records up to `monthsAhead` from now, and returns the names of those that were missing. Meant for every day. */
export async function ensureUsagePartitions(sql: Sql, monthsAhead = 2): Promise<string[]> {
  const rows = await rowsOf<{ name: string }>(sql, 'select name from ensure_usage_partitions($1) as name', [monthsAhead]);
  return rows.map(({ name }) => name);
}
