/**
 * Who a process is. A bare pid proves nothing: after a crash the number may belong to another program,
 * so a process is recognised by its pid together with the moment it was born.
 */
const { existsSync, readFileSync, readdirSync, readlinkSync, realpathSync } = require('node:fs');
const { spawnSync } = require('node:child_process');
const { setTimeout: sleep } = require('node:timers/promises');

/**
 * The moment a process was born, in the system's own words (to be compared, not read); null when there is none, or nothing but a zombie.
 * @param {number} pid
 * @returns {string | null}
 */
function bornAt(pid) {
  if (process.platform !== 'linux') {
    const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    return stdout?.trim() || null;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name may hold spaces and brackets
    return isOver(pid, fields[0]) ? null : `${bootId()}:${fields[19]}`;
  } catch {
    return null;
  }
}

/** A process whose first thread has ended still holds its ports and files until its other threads have. */
function isOver(pid, state) {
  return (state === 'Z' || state === 'X') && readdirSync(`/proc/${pid}/task`).length <= 1;
}

/** Start times count from the boot of the machine, so they mean something only together with it. */
function bootId() {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().slice(0, 8);
  } catch {
    return 'unknown';
  }
}

/**
 * @param {{ pid: number, born: string | null }} known
 * @returns {boolean} true while that very process runs
 */
function isSameProcess({ pid, born }) {
  return born !== null && bornAt(pid) === born;
}

/**
 * Sends `signal`, then SIGKILL after `graceMs`; resolves when the process is gone, at once if it already is.
 * @param {{ pid: number, born: string | null }} known
 * @param {{ signal?: NodeJS.Signals, graceMs?: number }} [options]
 * @returns {Promise<void>} rejects when even SIGKILL does not end it within 5 s
 */
async function endProcess(known, { signal = 'SIGTERM', graceMs = 10_000 } = {}) {
  if (!isSameProcess(known)) return;
  send(known.pid, signal);
  if (await isGoneWithin(known, graceMs)) return;
  send(known.pid, 'SIGKILL');
  if (!(await isGoneWithin(known, 5_000))) throw new Error(`process ${known.pid} does not end, not even by SIGKILL`);
}

async function isGoneWithin(known, ms) {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(20)) if (!isSameProcess(known)) return true;
  return !isSameProcess(known);
}

function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/**
 * The processes whose working directory is `dir`: a Postgres or Redis of that directory, whatever became of its pid file.
 * Linux only; elsewhere the list is empty.
 * @param {string} dir
 * @returns {number[]}
 */
function processesIn(dir) {
  if (!existsSync(dir)) return [];
  const real = realpathSync(dir); // what the kernel shows has no symlinks in it
  return pids().filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === real && bornAt(pid) !== null;
    } catch {
      return false;
    }
  });
}

/** @returns {number[]} every process that /proc shows; none where there is no /proc */
function pids() {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  } catch {
    return [];
  }
}

/**
 * @param {number} pid
 * @returns {string | null} its command line, shortened to 120 characters
 */
function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim().slice(0, 120) || null;
  } catch {
    return null;
  }
}

/**
 * @param {number} pid
 * @returns {number[]} its direct children
 */
function childrenOf(pid) {
  return pids().filter((other) => {
    try {
      const stat = readFileSync(`/proc/${other}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid;
    } catch {
      return false;
    }
  });
}

module.exports = { bornAt, isSameProcess, endProcess, processesIn, pids, commandOf, childrenOf };
