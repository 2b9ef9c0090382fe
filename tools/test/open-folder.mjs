import { chmodSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { reachableFolder } from '../embedded/index.js';
import { ROOT } from '../workspace/root.mjs';

/**
 * A new folder that the user whom Postgres runs as can reach: inside the workspace, or aside where that is closed. The caller removes it.
 * @param {string} label
 */
export function openFolder(label) {
  const dir = mkdtempSync(join(reachableFolder(join(ROOT, 'tmp/tools')), `${label}-`));
  chmodSync(dir, 0o755);
  return dir;
}
