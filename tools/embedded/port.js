const { randomInt } = require('node:crypto');
const { readFileSync, readdirSync, readlinkSync } = require('node:fs');
const net = require('node:net');
const { pids, commandOf } = require('./process-identity.js');

/** Below the ports that systems give to outgoing connections, one of which could otherwise take ours while its server is stopped for a moment. */
const FREE_PORTS = { from: 20_000, to: 32_000 };

/**
 * A port of 127.0.0.1 that nobody listened on a moment ago, chosen at random, so that callers who ask at once rarely meet.
 * @returns {Promise<number>}
 */
async function freePort() {
  for (;;) {
    const port = randomInt(FREE_PORTS.from, FREE_PORTS.to);
    if (await isPortFree(port)) return port;
  }
}

/**
 * @param {number} port
 * @param {string} [host] where the service will listen
 * @returns {Promise<boolean>}
 */
function isPortFree(port, host = '127.0.0.1') {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error)));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}

/**
 * Who listens on a TCP port, as far as this user may see it; null when nobody or nobody visible does. Linux only.
 * @param {number} port
 * @returns {{ pid: number, command: string } | null}
 */
function whoListens(port) {
  const inodes = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(table, port));
  if (inodes.length === 0) return null;
  const pid = pids().find((candidate) => holdsSocket(candidate, inodes));
  return pid === undefined ? null : { pid, command: commandOf(pid) ?? 'unknown' };
}

function listeningInodes(table, port) {
  try {
    const rows = readFileSync(table, 'utf8').trim().split('\n').slice(1).map((row) => row.trim().split(/\s+/));
    return rows.filter(([, local, , state]) => state === '0A' && parseInt(local.split(':')[1], 16) === port).map((row) => row[9]);
  } catch {
    return [];
  }
}

function holdsSocket(pid, inodes) {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return inodes.includes(/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? '');
      } catch {
        return false;
      }
    });
  } catch {
    return false;
  }
}

/**
 * One sentence for a human: which port, who has it, what to do.
 * @param {number} port
 * @param {{ what: string, variable?: string }} about what wanted the port, and the setting that moves it
 */
function portBusyMessage(port, { what, variable }) {
  const owner = whoListens(port);
  const who = owner ? `process ${owner.pid} (${owner.command})` : 'another program';
  const remedy = variable ? `Stop it, or set ${variable} to another port.` : 'Stop it, or choose another port.';
  return `Port ${port}, wanted for ${what}, is in use by ${who}. ${remedy}`;
}

module.exports = { freePort, isPortFree, whoListens, portBusyMessage };
