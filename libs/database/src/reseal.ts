import type { DataSource } from 'typeorm';
import type { Sealer } from './sealer';

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
  /** Sealed anew with the newest key. */
  readonly resealed: number;
  /** Were sealed with it already. */
  readonly current: number;
  /** Nobody can open them: their key is not loaded, or they are damaged. */
  readonly lost: number;
}

/**
 * Seals every value anew that an older key has sealed, so that this key can be taken away. Each row by itself: running it again goes on where it
 * ended, and a value that changes meanwhile is left as its writer has sealed it.
 */
export async function reseal(dataSource: DataSource, sealer: Sealer, columns: readonly SealedColumn[]): Promise<Resealed[]> {
  const results: Resealed[] = [];
  for (const column of columns) results.push(await resealColumn(dataSource, sealer, column));
  return results;
}

async function resealColumn(dataSource: DataSource, sealer: Sealer, { table, column, key, place }: SealedColumn): Promise<Resealed> {
  const rows = await dataSource.query<Record<string, unknown>[]>(`select ${key.join(', ')}, ${column} as sealed from ${table} where ${column} is not null`);
  const counts = { resealed: 0, current: 0, lost: 0 };
  for (const row of rows) {
    const sealed = row['sealed'] as Buffer;
    const about = place(row);
    if (!sealer.opens(sealed, about)) counts.lost += 1;
    else if (sealer.isCurrent(sealed)) counts.current += 1;
    else {
      const named = key.map((name, at) => `${name} = $${at + 3}`).join(' and ');
      await dataSource.query(`update ${table} set ${column} = $1 where ${column} = $2 and ${named}`, [sealer.seal(sealer.open(sealed, about), about), sealed, ...key.map((name) => row[name])]);
      counts.resealed += 1;
    }
  }
  return { table, column, ...counts };
}
