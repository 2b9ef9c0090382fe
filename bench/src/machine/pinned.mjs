import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const running = new Set();
const exec = promisify(execFile);

/**
 * Starts a long-running program on the cores named, its words going to `log`.
 * @returns its pid and `stop()`, which resolves when it is gone (SIGTERM, after 15 s SIGKILL)
 */
export function startPinned(cores, file, args, { env = {}, cwd, log }) {
  const out = openSync(log, 'a');
  const child = spawn('taskset', ['-c', cores, file, ...args], { cwd, env: { ...process.env, ...env }, stdio: ['ignore', out, out] });
  closeSync(out);
  const ended = once(child, 'exit');
  ended.catch(() => {});
  const started = { pid: child.pid, log, hasEnded: () => child.exitCode !== null || child.signalCode !== null, stop };
  running.add(started);
  return started;

  async function stop() {
    running.delete(started);
    if (started.hasEnded()) return;
    child.kill('SIGTERM');
    const isGone = await Promise.race([ended.then(() => true), sleep(15_000, false, { ref: false })]);
    if (!isGone) child.kill('SIGKILL');
    await ended;
  }
}

/** Ends whatever still runs of what was started here. */
export async function stopAll() {
  await Promise.all([...running].map((each) => each.stop()));
}

/** Runs a program to its end on the cores named and returns what it printed. Rejects with its own words when it fails. */
export async function runPinned(cores, file, args, options = {}) {
  try {
    const { stdout } = await exec('taskset', ['-c', cores, file, ...args], { maxBuffer: 1 << 24, ...options });
    return stdout;
  } catch (error) {
    throw new Error(`${file} failed: ${(error.stderr || error.stdout || error.message).trim()}`);
  }
}

function lastLines(file) {
  return readFileSync(file, 'utf8').trim().split('\n').slice(-10).join('\n');
}

/** Asks again every 100 ms until `check` is true, the process ends or the time is over. */
export async function untilReady(started, what, withinMs, check) {
  for (const end = Date.now() + withinMs; Date.now() < end; await sleep(100)) {
    if (started.hasEnded()) throw new Error(`${what} ended by itself. The end of ${started.log}:\n${lastLines(started.log)}`);
    if (await check().catch(() => false)) return;
  }
  throw new Error(`${what} was not ready within ${withinMs / 1000} s; ${started.log} may say why`);
}
