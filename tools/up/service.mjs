import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { bornAt, endProcess, forgetProcess, noteProcess } from '../embedded/index.js';
import { ROOT } from '../workspace/root.mjs';
import { seconds } from '../workspace/seconds.mjs';
import { Restarts } from './restarts.mjs';

const READY_WITHIN_MS = 90_000;
const TAIL_LINES = 25;

/**
 * @typedef {object} ServiceOptions
 * @property {string} name of the process, its log and its note
 * @property {string} main script, from the workspace
 * @property {Record<string, string>} env
 * @property {string} url
 * @property {string} log
 * @property {string} notes folder of the notes of running processes
 * @property {(line: string) => void} say
 * @property {(error: Error) => void} giveUp called when it dies for good
 */

/** One of our services as a process of its own, started again when it dies. */
export class Service {
  #options;
  #restarts = new Restarts();
  #isStopping = false;
  /** @type {{ pid: number, born: string | null, spawnedAt: number, logFrom: number, isReady: boolean, exit: string | null } | null} */
  #life = null;

  /** @param {ServiceOptions} options */
  constructor(options) {
    this.#options = options;
  }

  get name() {
    return this.#options.name;
  }

  get url() {
    return this.#options.url;
  }

  /**
   * Resolves when it answers /ready with 200.
   * @param {AbortSignal} signal ends the waiting, not the process
   * @throws {Error} with the end of its log when it exits by itself, or is not ready in time
   */
  async start(signal) {
    const life = this.#spawn();
    let last = 'it does not answer';
    for (const end = Date.now() + READY_WITHIN_MS; ; await pause(50, undefined, { signal })) {
      if (life.exit !== null) throw this.#failure(life, `ended (${life.exit}) before it was ready`);
      const answer = await this.#ask();
      if (answer === true) break;
      last = answer;
      if (Date.now() > end) throw this.#failure(life, `is not ready after ${seconds(READY_WITHIN_MS)}: ${last}`);
    }
    life.isReady = true;
  }

  /**
   * SIGTERM, then SIGKILL after `graceMs` or when there is haste. Resolves when it is gone.
   * @param {{ graceMs: number, haste: AbortSignal }} how
   */
  async stop({ graceMs, haste }) {
    this.#isStopping = true;
    const life = this.#life;
    if (life === null || life.exit !== null) return;
    const kill = () => life.exit === null && killGroup(life.pid);
    haste.addEventListener('abort', kill, { once: true });
    await endProcess(life, { graceMs: haste.aborted ? 0 : graceMs });
    haste.removeEventListener('abort', kill);
    killGroup(life.pid);
    forgetProcess(this.#options.notes, life.pid);
  }

  #spawn() {
    const { name, main, env, log, notes } = this.#options;
    const out = openSync(log, 'a', 0o600);
    const logFrom = statSync(log).size;
    const child = spawn(process.execPath, ['--enable-source-maps', main], { cwd: ROOT, env, stdio: ['ignore', out, out], detached: true });
    closeSync(out);
    const life = { pid: child.pid ?? 0, born: bornAt(child.pid ?? 0), spawnedAt: Date.now(), logFrom, isReady: false, exit: null };
    this.#life = life;
    if (child.pid !== undefined) noteProcess(notes, { ...life, name });
    child.once('error', (error) => (life.exit ??= error.message));
    child.once('exit', (code, signal) => {
      life.exit = signal ?? `exit ${code}`;
      forgetProcess(notes, life.pid);
      if (life.isReady && !this.#isStopping) void this.#revive(life); // before it was ready, start() tells
    });
    return life;
  }

  async #revive(dead) {
    const { name, say, giveUp } = this.#options;
    for (let life = dead; ; life = this.#life) {
      const waitMs = this.#restarts.next(Date.now() - life.spawnedAt);
      if (waitMs === null) return giveUp(this.#failure(life, `keeps dying (${life.exit})`));
      say(`${name} ended (${life.exit}); starting it again in ${seconds(waitMs)}`);
      await pause(waitMs);
      if (this.#isStopping) return;
      const start = Date.now();
      try {
        await this.start(new AbortController().signal);
        return say(`${name} is back after ${seconds(Date.now() - start)}`);
      } catch (error) {
        if (this.#isStopping) return;
        if (this.#life.exit === null) return giveUp(error);
      }
    }
  }

  /** True, or what it said instead of being ready. */
  async #ask() {
    try {
      const answer = await fetch(`${this.#options.url}/ready`, { signal: AbortSignal.timeout(3_000) });
      const text = await answer.text();
      return answer.status === 200 ? true : `/ready says ${answer.status} ${text.slice(0, 600)}`;
    } catch (error) {
      return `/ready: ${error.cause?.code ?? error.message}`;
    }
  }

  #failure(life, what) {
    const { name, log } = this.#options;
    const said = readFileSync(log).subarray(life.logFrom).toString().trimEnd().split('\n').slice(-TAIL_LINES);
    return new Error(`The ${name} ${what}. The end of ${log}:\n${said.map((line) => `    ${line}`).join('\n')}`);
  }
}

/** A service leads a group of its own; what it had started itself goes with it. */
function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
