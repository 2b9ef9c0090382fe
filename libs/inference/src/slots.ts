import { DomainError, type Ending } from '@higress/kernel';

/** Bounds how many calls one process runs at the same time; others wait in line for a while, and are then told to come back. */
export class Slots {
  private running = 0;
  /** What lets each of those in line in, in order of arrival. */
  private readonly line = new Set<() => void>();

  constructor(
    private readonly size: number,
    private readonly waitMs: number,
  ) {}

  get inUse(): number {
    return this.running;
  }

  /**
   * Takes a slot: at once, which is null, or when one is free. Each must be followed by one {@link leave}.
   * @param over ends the wait of a call that nobody waits for any more
   * @throws the reason of `over`; the promise rejects with it too, or with a DomainError OVERLOADED when the wait is over
   */
  enter(over?: Ending): Promise<void> | null {
    if (over?.aborted) throw over.reason;
    if (this.running < this.size) {
      this.running++;
      return null;
    }
    return new Promise<void>((resolve, reject) => {
      const stepOut = () => {
        this.line.delete(admit);
        clearTimeout(timer);
        over?.removeEventListener('abort', abandon);
      };
      const admit = () => {
        stepOut();
        resolve();
      };
      const abandon = () => {
        stepOut();
        reject(over?.reason as Error);
      };
      const timer = setTimeout(() => {
        stepOut();
        reject(new DomainError('OVERLOADED', { retryAfterMs: 1000 }));
      }, this.waitMs);
      this.line.add(admit);
      over?.addEventListener('abort', abandon);
    });
  }

  /** Gives the slot to whoever waits longest, or back. */
  leave(): void {
    const [admitNext] = this.line;
    if (admitNext) admitNext();
    else this.running--;
  }
}
