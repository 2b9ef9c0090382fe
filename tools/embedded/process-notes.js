/**
 * Notes on disk of the processes that a run has started, so that a later run can end what a killed one left behind,
 * and nothing that is not ours: each note holds the pid together with the moment the process was born.
 */
const fs = require('node:fs');
const path = require('node:path');
const { bornAt, endProcess, isSameProcess } = require('./process-identity.js');

/**
 * @param {string} folder made when missing
 * @param {{ pid: number, born?: string | null, name: string }} started
 */
function noteProcess(folder, { pid, born = bornAt(pid), name }) {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, `${pid}.json`), JSON.stringify({ pid, born, name }));
}

/**
 * @param {string} folder
 * @param {number} pid
 */
function forgetProcess(folder, pid) {
  fs.rmSync(path.join(folder, `${pid}.json`), { force: true });
}

/**
 * @param {string} folder
 * @returns {{ pid: number, born: string, name: string }[]} those that still run
 */
function notedProcesses(folder) {
  const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return files.flatMap((file) => readNote(path.join(folder, file))).filter(isSameProcess);
}

/** A note cut short by a crash says nothing. */
function readNote(file) {
  try {
    return [JSON.parse(fs.readFileSync(file, 'utf8'))];
  } catch {
    return [];
  }
}

/**
 * Ends every noted process that still runs, all at once, and forgets them.
 * @param {string} folder
 * @param {{ signal?: NodeJS.Signals, graceMs?: number }} [options]
 * @returns {Promise<{ pid: number, name: string }[]>} those that had to be ended
 */
async function endNotedProcesses(folder, options) {
  const left = notedProcesses(folder);
  await Promise.all(left.map((known) => endProcess(known, options)));
  fs.rmSync(folder, { recursive: true, force: true });
  return left;
}

module.exports = { noteProcess, forgetProcess, notedProcesses, endNotedProcesses };
