/**
 * `npm run up`: everything on a machine that has only Node. See `npm run up -- --help`.
 * This file checks the Node version before anything newer than it can be loaded.
 */
import { nodeComplaint } from '../workspace/check-node.mjs';

const complaint = nodeComplaint(process.versions.node);
if (complaint) {
  console.error(complaint);
  process.exit(1);
}
const { main } = await import('./main.mjs');
process.exit(await main(process.argv.slice(2)));
