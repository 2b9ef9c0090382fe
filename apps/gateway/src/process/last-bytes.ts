import type { Server } from 'node:http';

const LAST_BYTES_MS = 2_000;
const LOOK_MS = 50;

/** Lets answers that are written get to clients that still read, for 2 s at most, before every connection is cut. Resolves with `closed`. */
export async function lastBytes(server: Server, closed: Promise<void>): Promise<void> {
  const look = setInterval(() => server.closeIdleConnections(), LOOK_MS);
  const cut = setTimeout(() => server.closeAllConnections(), LAST_BYTES_MS);
  try {
    await closed;
  } finally {
    clearInterval(look);
    clearTimeout(cut);
  }
}
