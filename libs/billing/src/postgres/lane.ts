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

/** Gathers what arrives while the last batch is on its way and sends it in order of arrival, one batch at a time. An item comes once. */
export class Lane<T> {
  /** What waits, and until when it may wait for company, on the clock of `performance.now()`. */
  private waiting = new Map<T, number>();
  private running: T[] = [];
  private timer: NodeJS.Timeout | undefined;
  private immediate: NodeJS.Immediate | undefined;
  private urgent = false;
  private firesAt = Infinity;
  private stopped = false;
  private idleWaiters: (() => void)[] = [];

  constructor(private readonly options: LaneOptions<T>) {}

  /** Items that wait. */
  get size(): number {
    return this.waiting.size;
  }

  /** The item that has been here longest; undefined when there is none. */
  get oldest(): T | undefined {
    return this.running[0] ?? (this.waiting.keys().next().value as T | undefined);
  }

  /** @param withinMs how long it may wait for company; 0 is not at all */
  push(item: T, withinMs = this.options.gatherMs): void {
    const dueAt = performance.now() + withinMs;
    this.waiting.set(item, dueAt);
    if (withinMs === 0) this.urgent = true;
    this.schedule(dueAt);
  }

  /** Puts items in front again, in their order. */
  putBack(items: readonly T[]): void {
    if (items.length === 0) return;
    const dueAt = performance.now() + this.options.gatherMs;
    this.waiting = new Map([...items.map((item) => [item, dueAt] as const), ...this.waiting]);
  }

  /** Forgets an item that waits and is of no use any more. */
  delete(item: T): void {
    if (this.waiting.delete(item)) this.tellIdle();
  }

  /** Sends what waits without waiting for more. */
  wake(): void {
    this.urgent = true;
    this.schedule(0);
  }

  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void> {
    if (this.waiting.size === 0 && this.running.length === 0) return Promise.resolve();
    this.wake();
    return new Promise((resolve) => this.idleWaiters.push(resolve));
  }

  /** Sends nothing any more; what is pushed stays where it is. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    clearImmediate(this.immediate);
  }

  private schedule(dueAt: number): void {
    if (this.stopped || this.running.length > 0 || this.immediate || this.waiting.size === 0 || !this.options.mayRun()) return;
    if (this.urgent || this.waiting.size >= this.options.maxBatch) {
      this.immediate = setImmediate(() => void this.run());
    } else if (dueAt < this.firesAt) {
      clearTimeout(this.timer);
      this.firesAt = dueAt;
      this.timer = setTimeout(() => this.onTimer(), dueAt - performance.now());
    }
  }

  /** What the timer was set for may be gone by now; then those that came later have their time still. */
  private onTimer(): void {
    this.firesAt = Infinity;
    const dueAt = this.nextDueAt();
    this.urgent ||= dueAt <= performance.now() + 1;
    this.schedule(dueAt);
  }

  private nextDueAt(): number {
    let next = Infinity;
    for (const dueAt of this.waiting.values()) if (dueAt < next) next = dueAt;
    return next;
  }

  private async run(): Promise<void> {
    this.immediate = undefined;
    this.urgent = false;
    if (this.running.length > 0 || this.waiting.size === 0 || !this.options.mayRun()) return;
    this.firesAt = Infinity;
    clearTimeout(this.timer);
    this.running = this.take();
    this.urgent = this.waiting.size > 0;
    try {
      await this.options.send(this.running);
    } finally {
      this.running = [];
    }
    this.schedule(this.nextDueAt());
    this.tellIdle();
  }

  private take(): T[] {
    const { maxBatch } = this.options;
    const all = [...this.waiting.keys()];
    if (all.length <= maxBatch) {
      this.waiting = new Map();
      return all;
    }
    const batch = all.slice(0, maxBatch);
    for (const item of batch) this.waiting.delete(item);
    return batch;
  }

  private tellIdle(): void {
    if (this.waiting.size > 0 || this.running.length > 0) return;
    const waiters = this.idleWaiters;
    this.idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}
