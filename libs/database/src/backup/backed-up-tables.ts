import { type Client, escapeIdentifier } from 'pg';
import { MIGRATIONS_TABLE } from '../migration-files';
import { BackupError } from './backup-format';

export interface BackedUpTable {
  readonly table: string;
  readonly columns: readonly string[];
}

interface Row extends BackedUpTable {
  /** Other tables that its foreign keys refer to. */
  readonly refers: readonly string[];
}

/** Every table but that of the migrations, partitions as part of their table; columns that Postgres computes are left out. */
const TABLES = `
  select c.relname as table,
    array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum) as columns,
    array(select distinct r.relname::text from pg_constraint f join pg_class r on r.oid = f.confrelid where f.conrelid = c.oid and f.contype = 'f' and f.confrelid <> c.oid) as refers
  from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> $1 order by c.relname`;

/** The tables of the database, each after those that it refers to. */
export async function backedUpTables(client: Client): Promise<BackedUpTable[]> {
  const { rows } = await client.query<Row>(TABLES, [MIGRATIONS_TABLE]);
  const sorted: Row[] = [];
  const left = new Set(rows);
  while (left.size > 0) {
    const ready = [...left].filter(({ refers }) => refers.every((name) => sorted.some(({ table }) => table === name)));
    if (ready.length === 0) throw new BackupError(`these tables refer to one another in a circle: ${[...left].map(({ table }) => table).join(', ')}`);
    for (const row of ready) left.delete(row);
    sorted.push(...ready);
  }
  return sorted.map(({ table, columns }) => ({ table, columns }));
}

/** `"a", "b"`. */
export const listed = (columns: readonly string[]) => columns.map(escapeIdentifier).join(', ');
