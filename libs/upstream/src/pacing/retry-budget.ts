const WINDOW_S = 10;
const SHARE = 0.2;
const LEAST = 10;

/** Keeps retries from doubling the load on providers that are already failing: 20 % of the last 10 s' calls, at least 10. */
export class RetryBudget {
  /** Per second of the window, at `second % WINDOW_S`. */
  private readonly calls = new Array<number>(WINDOW_S).fill(0);
  private readonly retries = new Array<number>(WINDOW_S).fill(0);
  private second = 0;

  constructor(private readonly now: () => number = Date.now) {}

  /** A call has begun; its retries are not calls. */
  called(): void {
    this.calls[this.slot()]! += 1;
  }

  /** True, and taken, while there is room for one more retry. */
  spend(): boolean {
    const slot = this.slot();
    if (sum(this.retries) >= Math.max(LEAST, SHARE * sum(this.calls))) return false;
    this.retries[slot]! += 1;
    return true;
  }

  /** The slot of this second, after emptying those of the seconds in which nothing happened. */
  private slot(): number {
    const second = Math.floor(this.now() / 1000);
    const stale = Math.min(Math.abs(second - this.second), WINDOW_S);
    for (let i = 0; i < stale; i++) this.calls[(second - i) % WINDOW_S] = this.retries[(second - i) % WINDOW_S] = 0;
    this.second = second;
    return second % WINDOW_S;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
