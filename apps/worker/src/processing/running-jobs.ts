/** Counts what runs now, so that a stop knows when nothing does. */
export class RunningJobs {
  private count = 0;
  private readonly waiting: (() => void)[] = [];

  /** Does `work` and counts it meanwhile. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.count += 1;
    try {
      return await work();
    } finally {
      this.count -= 1;
      if (this.count === 0) this.waiting.splice(0).forEach((resolve) => resolve());
    }
  }

  /** Resolves when nothing runs, at once where nothing does. */
  idle(): Promise<void> {
    return this.count === 0 ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }
}
