/**
 * Why we stop: a signal, or a part that would not stay up.
 * A second signal means that stopping takes too long.
 */
export class Interruption {
  /** @type {Error | null} what went wrong; null while nothing did, and for a signal */
  cause = null;
  /** Aborted by the first signal or failure. */
  signal;
  /** Aborted by the second signal: end at once what is still running. */
  haste;
  /** Settles with the first signal, or rejects with the failure. */
  happened;
  #first = new AbortController();
  #second = new AbortController();

  constructor() {
    this.signal = this.#first.signal;
    this.haste = this.#second.signal;
    this.happened = new Promise((resolve, reject) => this.signal.addEventListener('abort', () => (this.cause ? reject(this.cause) : resolve())));
    this.happened.catch(() => {}); // told by whoever waits for it, if anybody does yet
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => this.#onSignal());
  }

  /** @param {Error} error */
  fail(error) {
    if (this.signal.aborted) return;
    this.cause = error;
    this.#first.abort(error);
  }

  #onSignal() {
    if (this.signal.aborted) this.#second.abort();
    else this.#first.abort(new Error('stopped by a signal'));
  }
}
