import type { OpenCall } from './open-call';

const SWEEP_MS = 50;

/** Calls that wait for their verdict, first come first; one timer for all of them, which runs while there are any. */
export class WaitingRoom {
  private readonly calls = new Set<OpenCall>();
  private timer: NodeJS.Timeout | undefined;

  /** `onLate` hears of each call that has waited for `waitMs`, and must see it out. */
  constructor(
    private readonly waitMs: number,
    private readonly onLate: (call: OpenCall) => void,
  ) {}

  get size(): number {
    return this.calls.size;
  }

  enter(call: OpenCall): void {
    this.calls.add(call);
    this.timer ??= setInterval(() => this.sweep(), SWEEP_MS);
  }

  /** False when it has left before. */
  leave(call: OpenCall): boolean {
    return this.calls.delete(call);
  }

  /** Sees everybody out as if they were late. */
  close(): void {
    clearInterval(this.timer);
    for (const call of this.calls) this.onLate(call);
  }

  private sweep(): void {
    const late = performance.now() - this.waitMs;
    for (const call of this.calls) {
      if (call.sinceMs > late) break;
      this.onLate(call);
    }
    if (this.calls.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
