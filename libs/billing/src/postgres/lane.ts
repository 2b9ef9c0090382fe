export interface LaneOptions<T> {
  /** Items in one batch at most. */
  readonly maxBatch: number;
  /** How long an item may wait for company that does not say, in ms; 0: until the end of this turn of the event loop. */
  readonly gatherMs: number;
  /** False while nothing must be sent; call `wake()` when that changes. */
  readonly mayRun: () => boolean;
  /** Sends one batch. Handles its own failures: what must be tried again it hands to `putBack()`. Must not reject. */
  readonly send: (batch: T[]) => Promise<void>;
}

/** Gathers what arrives while the last batch is on its way and sends it in order of arrival, one batch at a time. */
export class Lane<T> {
  private waiting: T[] = [];
  private running: T[] = [];
  private timer: NodeJS.Timeout | undefined;
  private immediate: NodeJS.Immediate | undefined;
  private urgent = false;
  /** When the first of those that wait for company has waited enough. */
  private dueAt = Infinity;
  private firesAt = Infinity;
  private stopped = false;
  private idleWaiters: (() => void)[] = [];

  constructor(private readonly options: LaneOptions<T>) {}

  /** Items that wait. */
  get size(): number {
    return this.waiting.length;
  }

  /** The item that has been here longest; undefined when there is none. */
  get oldest(): T | undefined {
    return this.running[0] ?? this.waiting[0];
  }

  /** @param withinMs how long it may wait for company; 0 is not at all */
  push(item: T, withinMs = this.options.gatherMs): void {
    this.waiting.push(item);
    if (withinMs === 0) this.urgent = true;
    else this.dueAt = Math.min(this.dueAt, performance.now() + withinMs);
    this.schedule();
  }

  /** Puts items in front again, in their order. */
  putBack(items: readonly T[]): void {
    if (items.length === 0) return;
    this.waiting = [...items, ...this.waiting];
    this.dueAt = Math.min(this.dueAt, performance.now() + this.options.gatherMs);
  }

  /** Forgets what waits and is of no use any more. */
  prune(isOfUse: (item: T) => boolean): void {
    this.waiting = this.waiting.filter(isOfUse);
    this.tellIdle();
  }

  /** Sends what waits without waiting for more. */
  wake(): void {
    this.urgent = true;
    this.schedule();
  }

  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void> {
    if (this.waiting.length === 0 && this.running.length === 0) return Promise.resolve();
    this.wake();
    return new Promise((resolve) => this.idleWaiters.push(resolve));
  }

  /** Sends nothing any more; what is pushed stays where it is. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    clearImmediate(this.immediate);
  }

  private schedule(): void {
    if (this.stopped || this.running.length > 0 || this.immediate || this.waiting.length === 0 || !this.options.mayRun()) return;
    if (this.urgent || this.waiting.length >= this.options.maxBatch) {
      this.immediate = setImmediate(() => void this.run());
    } else if (this.dueAt < this.firesAt) {
      clearTimeout(this.timer);
      this.firesAt = this.dueAt;
      this.timer = setTimeout(() => this.wake(), this.dueAt - performance.now());
    }
  }

  private async run(): Promise<void> {
    this.immediate = undefined;
    if (this.running.length > 0 || this.waiting.length === 0 || !this.options.mayRun()) return;
    this.dueAt = this.firesAt = Infinity;
    clearTimeout(this.timer);
    this.running = this.waiting.length <= this.options.maxBatch ? this.waiting : this.waiting.slice(0, this.options.maxBatch);
    this.waiting = this.waiting.length <= this.options.maxBatch ? [] : this.waiting.slice(this.options.maxBatch);
    this.urgent = this.waiting.length > 0;
    try {
      await this.options.send(this.running);
    } finally {
      this.running = [];
    }
    this.schedule();
    this.tellIdle();
  }

  private tellIdle(): void {
    if (this.waiting.length > 0 || this.running.length > 0) return;
    const waiters = this.idleWaiters;
    this.idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}
