import { join } from 'node:path';
import { evalScript, loadScript, type RedisConnection } from '@higress/redis';

export interface KnownPodsOptions {
  readonly redis: RedisConnection;
  readonly prefix: string;
  readonly podId: string;
  /** Called when Redis has taken a heartbeat. */
  readonly onBeat: () => void;
}

const SCRIPT = loadScript(join(__dirname, 'redis/heartbeat.lua'));
const BEAT_EVERY_MS = 2000;
/** While Redis is away a heartbeat is also the question whether it is back: soon at first, for it may only have stumbled. */
const FIRST_QUESTION_MS = 50;
const LAST_QUESTION_MS = 500;
const ALIVE_MS = 10_000;

/** How many gateway processes share the limits. Each says in Redis that it lives; the last known number holds while Redis is away. */
export class KnownPods {
  #seen: { count: number; atMs: number }[] = [];
  #count = 1;
  #timer: NodeJS.Timeout | undefined;
  #isBeating = false;
  /** Until the next question; null while Redis is not away. */
  #askInMs: number | null = null;
  #isStopped = true;

  constructor(private readonly options: KnownPodsOptions) {
    options.redis.on('ready', () => this.#isStopped || this.beat());
  }

  /** The most that were seen lately: a Redis that restarted empty counts too few until all have said again that they live. */
  get count(): number {
    return this.#count;
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
    this.#askInMs = isAway ? FIRST_QUESTION_MS : null;
    this.#schedule();
  }

  beat(): void {
    if (this.#isBeating) return;
    this.#isBeating = true;
    evalScript(this.options.redis, SCRIPT, [this.#key], [this.options.podId, ALIVE_MS]).then(
      (count) => this.#beaten(Number(count)),
      () => this.#beaten(null),
    );
  }

  get #key(): string {
    return `${this.options.prefix}rl:pods`;
  }

  /** @param count null when Redis did not take it */
  #beaten(count: number | null): void {
    this.#isBeating = false;
    if (this.#isStopped) return;
    if (count !== null) {
      const nowMs = performance.now();
      this.#seen = [...this.#seen.filter(({ atMs }) => atMs > nowMs - ALIVE_MS), { count, atMs: nowMs }];
      this.#count = Math.max(...this.#seen.map((seen) => seen.count));
      this.options.onBeat();
    } else if (this.#askInMs !== null) this.#askInMs = Math.min(this.#askInMs * 2, LAST_QUESTION_MS);
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (!this.#isStopped) this.#timer = setTimeout(() => this.beat(), this.#askInMs ?? BEAT_EVERY_MS).unref();
  }
}
