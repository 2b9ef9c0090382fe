type Cell = string | number | boolean | null | Readonly<Record<string, string>>;

const MUST_QUOTE = /[",\r\n]/;
/** What a spreadsheet would run as a formula. A negative number is none. */
const FORMULA = /^[=+@\t\r]|^-(?![\d.]+$)/;

/** One line of CSV (RFC 4180), with its end. Objects are JSON, null is nothing. A text that a spreadsheet would run gets an apostrophe before it. */
export function toCsvLine(cells: readonly Cell[]): string {
  return `${cells.map(toCell).join(',')}\r\n`;
}

function toCell(cell: Cell): string {
  if (cell === null) return '';
  const text = typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return MUST_QUOTE.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
