const NUMBER = /^-?\d+(\.\d+)?$/;

/** Columns as wide as they must be, two spaces apart; columns of numbers to the right. */
export function textTable(head: readonly string[], rows: readonly (readonly (string | number | bigint)[])[]): string[] {
  const lines = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const isNumber = head.map((_, column) => rows.length > 0 && rows.every((row) => NUMBER.test(String(row[column]))));
  return lines.map((line) =>
    line
      .map((cell, column) => (isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
