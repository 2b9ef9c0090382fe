import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../machine/place.mjs';

const PAGE = join(ROOT, 'docs/performance.md');

/** Puts the result between its two marks in docs/performance.md, which keeps one result for each major version of Node. */
export function writeDocs(nodeMajor, command, text) {
  const [begin, end] = [`<!-- bench: node ${nodeMajor} -->`, `<!-- /bench: node ${nodeMajor} -->`];
  const page = readFileSync(PAGE, 'utf8');
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for Node ${nodeMajor}: add the lines ${begin} and ${end}`);
  writeFileSync(PAGE, `${page.slice(0, from)}${begin}\n\n\`${command}\`\n\n${text}\n\n${page.slice(to)}`);
}
