import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../workspace/root.mjs';
import { nx } from '../workspace/run.mjs';

/**
 * Every project must stand on exactly one floor and in one scope: the walls hold nobody who has no tag.
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export async function projectTags() {
  const { ok, output } = await nx(['show', 'projects', '--json']);
  if (!ok) return { ok, output };
  const names = JSON.parse(output.slice(output.indexOf('[')));
  const { nodes } = JSON.parse(readFileSync(join(ROOT, '.nx/workspace-data/project-graph.json'), 'utf8'));
  const faults = names.filter((name) => ['type:', 'scope:'].some((kind) => (nodes[name]?.data.tags ?? []).filter((tag) => tag.startsWith(kind)).length !== 1));
  return { ok: faults.length === 0, output: faults.map((name) => `${name} needs exactly one "type:" tag and one "scope:" tag in its project.json\n`).join('') };
}
