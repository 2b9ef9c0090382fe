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

/** What can wait in a {@link Lane}: one at a time. */
export interface LaneItem {
  /** Where it stands in line; -1 while it does not. The lane's to change, like the other. */
  place: number;
  /** Until when it may wait for company, on the clock of `performance.now()`. */
  dueAt: number;
}

/** So many gaps are worth closing. */
const MANY_GAPS = 1024;

/** Gathers what arrives while the last batch is on its way and sends it in order of arrival, one batch at a time. An item comes once. */
export class Lane<T extends LaneItem> {
  /** In order of arrival, with a gap where one was deleted. No Map, which makes itself a new table for every few dozen that come and go. */
  private line: (T | undefined)[] = [];
  private waiting = 0;
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
    return this.waiting;
  }

  /** The item that has been here longest; undefined when there is none. */
  get oldest(): T | undefined {
    return this.running[0] ?? this.line.find((item) => item !== undefined);
  }

  /** @param withinMs how long it may wait for company; 0 is not at all */
  push(item: T, withinMs = this.options.gatherMs): void {
    item.dueAt = performance.now() + withinMs;
    this.enter(item);
    if (withinMs === 0) this.urgent = true;
    this.schedule(item.dueAt);
  }

  /** Puts items in front again, in their order. */
  putBack(items: readonly T[]): void {
    if (items.length === 0) return;
    const dueAt = performance.now() + this.options.gatherMs;
    for (const item of items) item.dueAt = dueAt;
    this.lineUp([...items, ...this.inLine()]);
  }

  /** Forgets an item that waits and is of no use any more. */
  delete(item: T): void {
    if (item.place === -1) return;
    this.line[item.place] = undefined;
    item.place = -1;
    this.waiting--;
    if (this.waiting === 0) this.line.length = 0;
    else if (this.line.length > 2 * this.waiting + MANY_GAPS) this.lineUp(this.inLine());
    this.tellIdle();
  }

  /** Sends what waits without waiting for more. */
  wake(): void {
    this.urgent = true;
    this.schedule(0);
  }

  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void> {
    if (this.waiting === 0 && this.running.length === 0) return Promise.resolve();
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
    if (this.stopped || this.running.length > 0 || this.immediate || this.waiting === 0 || !this.options.mayRun()) return;
    if (this.urgent || this.waiting >= this.options.maxBatch) {
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
    for (const item of this.line) if (item !== undefined && item.dueAt < next) next = item.dueAt;
    return next;
  }

  private async run(): Promise<void> {
    this.immediate = undefined;
    this.urgent = false;
    if (this.running.length > 0 || this.waiting === 0 || !this.options.mayRun()) return;
    this.firesAt = Infinity;
    clearTimeout(this.timer);
    this.running = this.take();
    this.urgent = this.waiting > 0;
    try {
      await this.options.send(this.running);
    } finally {
      this.running = [];
    }
    this.schedule(this.nextDueAt());
    this.tellIdle();
  }

  private take(): T[] {
    const all = this.inLine();
    const batch = all.slice(0, this.options.maxBatch);
    for (const item of batch) item.place = -1;
    this.lineUp(all.slice(batch.length));
    return batch;
  }

  private inLine(): T[] {
    return this.line.filter((item) => item !== undefined);
  }

  private lineUp(items: readonly T[]): void {
    this.line = [];
    this.waiting = 0;
    for (const item of items) this.enter(item);
  }

  private enter(item: T): void {
    item.place = this.line.push(item) - 1;
    this.waiting++;
  }

  private tellIdle(): void {
    if (this.waiting > 0 || this.running.length > 0) return;
    const waiters = this.idleWaiters;
    this.idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}
