import type { Roster } from '@higress/kernel';
import type { OpenCall } from './open-call';

const SWEEP_MS = 50;

/** Calls that wait for their verdict; one timer for all of them, which runs while there are any. */
export class WaitingRoom {
  private waiting = 0;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param open all calls, those that wait among them
   * @param onLate hears of each call that has waited for `waitMs`, and must see it out
   */
  constructor(
    private readonly waitMs: number,
    private readonly open: Roster<OpenCall>,
    private readonly onLate: (call: OpenCall) => void,
  ) {}

  get size(): number {
    return this.waiting;
  }

  enter(call: OpenCall): void {
    call.isWaiting = true;
    this.waiting++;
    this.timer ??= setInterval(() => this.seeOut(performance.now() - this.waitMs), SWEEP_MS);
  }

  /** False when it has left before. */
  leave(call: OpenCall): boolean {
    if (!call.isWaiting) return false;
    call.isWaiting = false;
    this.waiting--;
    return true;
  }

  /** Sees everybody out as if they were late. */
  close(): void {
    this.seeOut(Infinity);
  }

  private seeOut(sinceMs: number): void {
    for (const call of this.open) if (call.isWaiting && call.sinceMs <= sinceMs) this.onLate(call);
    if (this.waiting > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
