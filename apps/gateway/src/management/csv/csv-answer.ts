import { Readable } from 'node:stream';
import type { Page, PageRequest } from '@higress/billing';
import { StreamableFile } from '@nestjs/common';
import { toCsvLine } from './to-csv-line';

/** Rows of a page of CSV: as large as reading in one statement is cheap. */
const PAGE = 1000;

type Cells = Parameters<typeof toCsvLine>[0];

export interface CsvTable<T> {
  /** Names the file that a browser saves. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly toCells: (row: T) => Cells;
}

/**
 * All rows as a file of CSV. The next page is read when the client has taken the one before, so neither memory nor a transaction is held for a slow one;
 * a client that leaves ends it. The first page is read before the answer begins, so that a mistake in the filter is an ordinary error.
 */
export async function csvAnswer<T>({ name, columns, toCells }: CsvTable<T>, read: (page: PageRequest) => Promise<Page<T>>): Promise<StreamableFile> {
  const first = await read({ limit: PAGE, cursor: null });
  async function* lines() {
    yield toCsvLine(columns);
    for (let page = first; ; page = await read({ limit: PAGE, cursor: page.nextCursor })) {
      yield page.rows.map((row) => toCsvLine(toCells(row))).join('');
      if (page.nextCursor === null) return;
    }
  }
  return new StreamableFile(Readable.from(lines(), { objectMode: false, highWaterMark: 64 * 1024 }), { type: 'text/csv; charset=utf-8', disposition: `attachment; filename="${name}.csv"` });
}
