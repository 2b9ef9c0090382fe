const MOST = 3;
const FIRST_PAUSE_MS = 500;
/** Whoever ran this long has earned a clean record. */
const STABLE_MS = 60_000;

/** How often something may be started again, and how long to wait before it: 0.5, 1 and 2 s. */
export class Restarts {
  #used = 0;

  /**
   * @param {number} ranMs how long it ran this time
   * @returns {number | null} milliseconds to wait, or null: give up
   */
  next(ranMs) {
    if (ranMs >= STABLE_MS) this.#used = 0;
    if (this.#used === MOST) return null;
    this.#used += 1;
    return FIRST_PAUSE_MS * 2 ** (this.#used - 1);
  }
}
