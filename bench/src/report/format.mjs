const withCommas = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A dash for what was not measured. */
export const DASH = '–';

export function count(value) {
  return value == null ? DASH : withCommas.format(value);
}

export function fixed(digits) {
  return (value) => (value == null ? DASH : value.toFixed(digits));
}

export function percent(share) {
  return share == null ? DASH : `${Math.round(share * 100)} %`;
}

export function times(value, by) {
  return value == null || !by ? DASH : `${(value / by).toFixed(2)}×`;
}

/** A Markdown table whose columns line up, so that it reads in a terminal too. The first column is text, the others are numbers. */
export function table(head, rows) {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (cells) => `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
