import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The folder that holds `nx.json`: this file runs from the sources under Jest, and from `dist` when built. */
export const WORKSPACE = rootAbove(__dirname);

/** The launcher of `tools/embedded`, plain JavaScript so that `npm run up` can use it before anything is built. */
export const embedded = createRequire(__filename)(join(WORKSPACE, 'tools/embedded/index.js')) as typeof import('../../../tools/embedded/index.js');

function rootAbove(dir: string): string {
  if (existsSync(join(dir, 'nx.json'))) return dir;
  if (dir === dirname(dir)) throw new Error('no nx.json in any folder above: these helpers run inside the workspace only');
  return rootAbove(dirname(dir));
}
