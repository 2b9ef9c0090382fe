import type { DataSource } from 'typeorm';
import { type Sealer, UnsealError } from './sealer';

/** A column that holds sealed values. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** The columns that name a row. */
  readonly key: readonly string[];
  /** What a row's value is sealed for. */
  place(row: Readonly<Record<string, unknown>>): string;
}

export interface Resealed {
  readonly table: string;
  readonly column: string;
  /** Their data key was wrapped anew by the newest key. */
  readonly resealed: number;
  /** Were under it already. */
  readonly current: number;
  /** Nobody can open them: their key is not loaded, or they are damaged. */
  readonly lost: number;
}

type Row = Readonly<Record<string, unknown>>;

/** Rows at once: a sealed value may have megabytes. */
const PAGE = 32;

/**
 * Brings every value under the newest key, so that older ones can be taken away: its data key is wrapped anew, its content is not touched. Each row by itself: running it again goes on where it
 * ended, and a value that changes meanwhile is left as its writer has sealed it.
 */
export async function reseal(dataSource: DataSource, sealer: Sealer, columns: readonly SealedColumn[]): Promise<Resealed[]> {
  const results: Resealed[] = [];
  for (const column of columns) results.push(await resealColumn(dataSource, sealer, column));
  return results;
}

async function resealColumn(dataSource: DataSource, sealer: Sealer, column: SealedColumn): Promise<Resealed> {
  const counts = { resealed: 0, current: 0, lost: 0 };
  for (let after: readonly unknown[] | null = []; after !== null; ) {
    const rows: Row[] = await page(dataSource, column, after);
    for (const row of rows) counts[await resealRow(dataSource, sealer, column, row)] += 1;
    const last = rows.at(-1);
    after = last && rows.length === PAGE ? column.key.map((name) => last[name]) : null;
  }
  return { table: column.table, column: column.column, ...counts };
}

/** The next rows in the order of their keys: all of them at once may be more than fits. */
function page(dataSource: DataSource, { table, column, key }: SealedColumn, after: readonly unknown[]): Promise<Row[]> {
  const names = key.join(', ');
  const beyond = after.length === 0 ? '' : `and (${names}) > (${key.map((_, at) => `$${at + 1}`).join(', ')})`;
  return dataSource.query<Row[]>(`select ${names}, ${column} as sealed from ${table} where ${column} is not null ${beyond} order by ${names} limit ${PAGE}`, [...after]);
}

async function resealRow(dataSource: DataSource, sealer: Sealer, { table, column, key, place }: SealedColumn, row: Row): Promise<'resealed' | 'current' | 'lost'> {
  const sealed = row['sealed'] as Buffer;
  const rewrapped = rewrap(sealer, sealed, place(row));
  if (rewrapped === null) return 'lost';
  if (sealer.isCurrent(sealed)) return 'current';
  const named = key.map((name, at) => `${name} = $${at + 3}`).join(' and ');
  await dataSource.query(`update ${table} set ${column} = $1 where ${column} = $2 and ${named}`, [rewrapped, sealed, ...key.map((name) => row[name])]);
  return 'resealed';
}

function rewrap(sealer: Sealer, sealed: Buffer, about: string): Buffer | null {
  try {
    return sealer.rewrap(sealed, about);
  } catch (error) {
    if (error instanceof UnsealError) return null;
    throw error;
  }
}
