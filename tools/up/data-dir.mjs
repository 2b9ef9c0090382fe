import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bornAt, isSameProcess } from '../embedded/index.js';

const MARK = 'README';
const LOCK = 'up.lock';
const MARK_TEXT = 'Made by "npm run up": its database, queues, development keys and logs. "npm run up -- --reset" forgets it all.\n';

/**
 * The folder of everything that `up` keeps. It is marked as ours, and nothing is ever deleted in a folder that is not.
 */
export class DataDir {
  /** @param {string} path */
  constructor(path) {
    this.path = path;
  }

  /** @param {...string} parts */
  at(...parts) {
    return join(this.path, ...parts);
  }

  /** @throws {Error} when the folder holds things that are not ours */
  open() {
    if (existsSync(this.path) && !existsSync(this.at(MARK)) && readdirSync(this.path).length > 0) {
      throw new Error(`DATA_DIR is ${this.path}, which holds other things. Name an empty folder, or one that does not exist yet.`);
    }
    mkdirSync(this.at('logs'), { recursive: true });
    writeFileSync(this.at(MARK), MARK_TEXT);
  }

  /**
   * One `up` at a time. The lock of one that was killed is taken over.
   * @throws {Error} naming the `up` that holds it
   */
  lock() {
    const file = this.at(LOCK);
    const mine = JSON.stringify({ pid: process.pid, born: bornAt(process.pid) });
    const holder = this.readJson(LOCK);
    if (holder && isSameProcess(holder)) throw new Error(`Another "npm run up" (process ${holder.pid}) runs on ${this.path}. Stop that one (kill ${holder.pid}), or give this one a DATA_DIR of its own.`);
    rmSync(file, { force: true });
    try {
      writeFileSync(file, mine, { flag: 'wx' });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      throw new Error(`Another "npm run up" is starting on ${this.path} at this very moment.`, { cause: error });
    }
    return () => {
      if (existsSync(file) && readFileSync(file, 'utf8') === mine) rmSync(file, { force: true });
    };
  }

  /** @returns {any} null when there is no such file, or it was cut short */
  readJson(name) {
    try {
      return JSON.parse(readFileSync(this.at(name), 'utf8'));
    } catch {
      return null;
    }
  }

  /** Whole or not at all, readable by its owner only. */
  writeJson(name, value) {
    this.writeSecret(name, `${JSON.stringify(value, null, 2)}\n`);
  }

  writeSecret(name, text) {
    const draft = this.at(`${name}.new`);
    rmSync(draft, { force: true });
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, this.at(name));
  }

  /** Everything but the lock, which is held, and the mark. */
  clear() {
    for (const name of readdirSync(this.path)) if (name !== LOCK && name !== MARK) rmSync(this.at(name), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
