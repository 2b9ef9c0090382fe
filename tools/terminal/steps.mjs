import { seconds } from '../workspace/seconds.mjs';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const PERIOD_MS = 80;

/** Lines with a tick and a time, one for each step; on a terminal the step under way moves. */
export class Steps {
  #out = process.stdout;
  #running = null;

  constructor() {
    this.#out.on('error', () => {}); // whoever read us is gone; that must not end what we run
  }

  /**
   * @template T
   * @param {string} title
   * @param {() => Promise<T> | T} work may return a note for the line's end with `{ note }`
   * @param {{ patience?: string }} [options] said beforehand where the step takes long
   * @returns {Promise<T>} and passes on what it throws, after a line that says so
   */
  async run(title, work, { patience } = {}) {
    const start = Date.now();
    this.#begin(patience ? `${title}: ${patience}` : title, start);
    if (patience && !this.#out.isTTY) this.#out.write(`  … ${title}: ${patience}\n`);
    try {
      const result = await work();
      this.#end(`  ✔ ${title.padEnd(30)} ${seconds(Date.now() - start).padStart(8)}   ${result?.note ?? ''}`);
      return result;
    } catch (error) {
      this.#end(`  ✘ ${title.padEnd(30)} ${seconds(Date.now() - start).padStart(8)}`);
      throw error;
    }
  }

  /** A line between the steps, or after them. */
  say(line) {
    this.#clear();
    this.#out.write(`  ${line}\n`);
  }

  /** Text as it is. */
  print(text) {
    this.#clear();
    this.#out.write(`${text}\n`);
  }

  /** The last word when something went wrong. */
  fail(text) {
    this.#end('');
    process.stderr.write(`\n${text}\n\n`);
  }

  #begin(label, start) {
    if (!this.#out.isTTY) return;
    let frame = 0;
    const draw = () => this.#out.write(`\r\x1b[2K  ${FRAMES[frame++ % FRAMES.length]} ${label} ${seconds(Date.now() - start)}`);
    draw();
    this.#running = setInterval(draw, PERIOD_MS);
  }

  #end(line) {
    clearInterval(this.#running);
    this.#running = null;
    this.#clear();
    if (line) this.#out.write(`${line.trimEnd()}\n`);
  }

  #clear() {
    if (this.#out.isTTY) this.#out.write('\r\x1b[2K');
  }
}
