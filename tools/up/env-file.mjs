import { existsSync, readFileSync } from 'node:fs';

const LINE = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/;

/**
 * The variables of a `.env` file: `KEY=VALUE` lines; quotes may surround a value, `#` begins a comment after a space.
 * @param {string} file an absent one has none
 * @returns {Record<string, string>}
 */
export function readEnvFile(file) {
  if (!existsSync(file)) return {};
  const pairs = readFileSync(file, 'utf8').split(/\r?\n/).map((line) => LINE.exec(line)).filter((match) => match !== null);
  return Object.fromEntries(pairs.map(([, name, value]) => [name, unquoted(value)]));
}

function unquoted(value) {
  const quoted = /^(["'])(.*?)\1\s*(?:#.*)?$/.exec(value);
  if (quoted) return quoted[1] === '"' ? quoted[2].replace(/\\n/g, '\n') : quoted[2];
  return value.replace(/(^|\s+)#.*$/, '');
}
