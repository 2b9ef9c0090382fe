import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';

interface ListPage {
  readonly data: readonly object[];
  readonly next_cursor: string | null;
}

/**
 * A whole list as CSV, page after page as fast as the caller reads: memory holds one page, and no transaction stays open meanwhile.
 * The first page is there before this resolves, so that what it throws is answered as an error; later the connection breaks off.
 * @param columns in their order; they are the first line
 * @param still throws where the caller may no longer read it: asked before each page, because a long list outlives a ban
 */
export async function csvOf(name: string, columns: readonly string[], page: (cursor: string | undefined) => Promise<ListPage>, still: () => Promise<void>): Promise<StreamableFile> {
  const first = await page(undefined);
  async function* lines() {
    yield lineOf(columns);
    for (let at = first; ; at = await still().then(() => page(at.next_cursor ?? undefined))) {
      yield at.data.map((row) => lineOf(columns.map((column) => (row as Record<string, unknown>)[column]))).join('');
      if (at.next_cursor === null) return;
    }
  }
  return new StreamableFile(Readable.from(lines(), { objectMode: false }), { type: 'text/csv; charset=utf-8', disposition: `attachment; filename="${name}.csv"` });
}

/** One line of RFC 4180. */
export function lineOf(cells: readonly unknown[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`;
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : typeof value === 'string' ? harmless(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Spreadsheets take text that begins so for a formula; a note or a user agent may be anybody's. Numbers stay numbers. */
const harmless = (text: string) => (/^[=+\-@\t\r\n]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text);
