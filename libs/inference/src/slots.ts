import { DomainError } from '@higress/kernel';

interface Waiter {
  readonly admit: () => void;
  readonly timer: NodeJS.Timeout;
}

/** Bounds how many calls one process runs at the same time; others wait in line for a while, and are then told to come back. */
export class Slots {
  private running = 0;
  private readonly waiting = new Set<Waiter>();

  constructor(
    private readonly size: number,
    private readonly waitMs: number,
  ) {}

  get inUse(): number {
    return this.running;
  }

  /**
   * Takes a slot, at once or when one is free; each must be followed by one {@link leave}.
   * @throws DomainError OVERLOADED when the wait is over
   */
  async enter(): Promise<void> {
    if (this.running < this.size) {
      this.running++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(waiter);
        reject(new DomainError('OVERLOADED', { retryAfterMs: 1000 }));
      }, this.waitMs);
      const waiter = { admit: resolve, timer };
      this.waiting.add(waiter);
    });
  }

  /** Gives the slot to whoever waits longest, or back. */
  leave(): void {
    const [next] = this.waiting;
    if (!next) {
      this.running--;
      return;
    }
    this.waiting.delete(next);
    clearTimeout(next.timer);
    next.admit();
  }
}
