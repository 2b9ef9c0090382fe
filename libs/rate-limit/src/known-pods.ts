import { join } from 'node:path';
import { evalScript, loadScript, type RedisConnection } from '@higress/redis';

export interface KnownPodsOptions {
  readonly redis: RedisConnection;
  readonly prefix: string;
  readonly podId: string;
  /** Told how each heartbeat went: null when Redis took it. */
  readonly onBeat: (error: Error | null) => void;
}

const SCRIPT = loadScript(join(__dirname, 'redis/heartbeat.lua'));
const BEAT_EVERY_MS = 2000;
/** While Redis is away a heartbeat is also the question whether it is back. */
const ASK_EVERY_MS = 500;
const ALIVE_MS = 10_000;

/** How many gateway processes share the limits. Each says in Redis that it lives; the last known number holds while Redis is away. */
export class KnownPods {
  #seen: { count: number; atMs: number }[] = [{ count: 1, atMs: 0 }];
  #timer: NodeJS.Timeout | undefined;
  #isBeating = false;
  #isAway = false;
  #isStopped = true;

  constructor(private readonly options: KnownPodsOptions) {
    options.redis.on('ready', () => this.#isStopped || this.beat());
  }

  /** The most that were seen lately: a Redis that restarted empty counts too few until all have said again that they live. */
  get count(): number {
    return Math.max(...this.#seen.map(({ count }) => count));
  }

  start(): void {
    this.#isStopped = false;
    this.beat();
  }

  /** Takes this process off the list, if Redis can be told. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.options.redis.zrem(this.#key, this.options.podId).catch(() => undefined);
  }

  setAway(isAway: boolean): void {
    this.#isAway = isAway;
    this.#schedule();
  }

  beat(): void {
    if (this.#isBeating) return;
    this.#isBeating = true;
    evalScript(this.options.redis, SCRIPT, [this.#key], [this.options.podId, ALIVE_MS]).then(
      (count) => this.#beaten(Number(count), null),
      (error: Error) => this.#beaten(null, error),
    );
  }

  get #key(): string {
    return `${this.options.prefix}rl:pods`;
  }

  #beaten(count: number | null, error: Error | null): void {
    this.#isBeating = false;
    const nowMs = performance.now();
    if (count !== null) this.#seen = [...this.#seen.filter(({ atMs }) => atMs > nowMs - ALIVE_MS), { count, atMs: nowMs }];
    if (this.#isStopped) return;
    this.#schedule();
    this.options.onBeat(error);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (!this.#isStopped) this.#timer = setTimeout(() => this.beat(), this.#isAway ? ASK_EVERY_MS : BEAT_EVERY_MS).unref();
  }
}
