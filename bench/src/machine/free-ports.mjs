import { createServer } from 'node:net';
import { once } from 'node:events';

/**
 * What a run that was killed left behind would answer in the place of what this run starts.
 * @param {Record<string, number>} ports by what will listen there
 * @throws {Error} naming each port that is taken
 */
export async function requireFree(ports) {
  const taken = [];
  for (const [name, port] of Object.entries(ports)) if (!(await isFree(port))) taken.push(`${port} (for ${name})`);
  if (taken.length > 0) throw new Error(`Something listens on ${taken.join(', ')}: end it, or choose others with --port`);
}

async function isFree(port) {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
