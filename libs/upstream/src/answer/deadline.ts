import { performance } from 'node:perf_hooks';

const LONGEST_TIMER_MS = 0x7fff_ffff;

/** A moment that keeps being moved. Moving it later costs a clock reading and no timer. */
export class Deadline {
  private timer: NodeJS.Timeout | undefined;
  private dueAt = Infinity;
  private firesAt = Infinity;

  constructor(private readonly onDue: () => void) {}

  /** Moves the moment to `ms` from now, earlier or later. `Infinity` is never. */
  within(ms: number): void {
    this.dueAt = performance.now() + ms;
    if (this.dueAt >= this.firesAt) return;
    clearTimeout(this.timer);
    this.wait(ms);
  }

  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.dueAt = this.firesAt = Infinity;
  }

  private wait(ms: number): void {
    if (ms === Infinity) return;
    const waitMs = Math.min(Math.max(ms, 0), LONGEST_TIMER_MS);
    this.firesAt = performance.now() + waitMs;
    this.timer = setTimeout(this.fire, waitMs);
  }

  private readonly fire = (): void => {
    this.firesAt = Infinity;
    const leftMs = this.dueAt - performance.now();
    if (leftMs > 1) return this.wait(leftMs);
    this.dueAt = Infinity;
    this.onDue();
  };
}
