import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { CheckFailed } from '@higress/observability';
import { QUEUES, queuePrefix, type QueueName } from '@higress/queues';
import type { RedisConnection } from '@higress/redis';
import { Queue } from 'bullmq';
import type { Logger } from 'pino';
import type { ScheduledTask } from './schedule';
import { faultOf, templateOf } from './task-state';

const LOOK_EVERY_MS = 10_000;
/** Where something is still wrong, because another scheduler is at it or a call failed. */
const LOOK_AGAIN_MS = 1_000;
/** Longer than a look takes, short enough that the next look finds the lock of a dead one gone. */
const LOCK_MS = 5_000;

export interface ScheduleKeeperOptions {
  /** A connection of the role `queue`. */
  readonly redis: RedisConnection;
  /** `CACHE_PREFIX`. */
  readonly prefix: string;
  readonly schedule: readonly ScheduledTask[];
  readonly logger: Logger;
}

/**
 * Keeps the schedule in Redis as the table says. The ticks themselves are BullMQ's: each has an id of its own, so any number of schedulers
 * may run, and none at all skips no tick. What this adds is that a task is there at all: after a change of the table, after Redis was
 * wiped, after somebody deleted it on the board.
 */
export class ScheduleKeeper {
  private readonly queues: ReadonlyMap<QueueName, Queue>;
  private readonly lockKey: string;
  private looking: Promise<void> | undefined;
  private isWhole = false;
  private seenWholeAt = -Infinity;
  private readonly stopping = new AbortController();
  private readonly onReady = () => void this.look();

  constructor(private readonly options: ScheduleKeeperOptions) {
    const { redis, prefix } = options;
    // What goes wrong rejects the calls; the connection's own trouble is told where it is opened.
    const open = (name: QueueName) => new Queue(name, { connection: redis, prefix: queuePrefix(prefix) }).on('error', () => undefined);
    this.queues = new Map(QUEUES.map((name) => [name, open(name)]));
    this.lockKey = `${queuePrefix(prefix)}:schedule-lock`;
  }

  /** Looks now, then every ten seconds and whenever Redis comes back. */
  start(): void {
    this.options.redis.on('ready', this.onReady);
    void this.lookOnAndOn().catch(() => undefined); // rejected only by stop()
  }

  /** For `/ready`. @throws CheckFailed where the schedule has not been seen whole for a while. */
  async check(): Promise<void> {
    if (performance.now() - this.seenWholeAt > 3 * LOOK_EVERY_MS) throw new CheckFailed('the schedule is not in place');
  }

  /** Stops looking. Resolves at once even while Redis is away; the ticks go on. */
  stop(): void {
    this.stopping.abort();
    this.options.redis.off('ready', this.onReady);
  }

  /** Looks once and mends what is wrong, unless another scheduler is at it. @throws what the connection throws. */
  async keep(): Promise<void> {
    this.isWhole = (await this.faults()).length === 0;
    if (!this.isWhole) {
      await this.alone(() => this.mend());
      this.isWhole = (await this.faults()).length === 0;
    }
    if (this.isWhole) this.seenWholeAt = performance.now();
  }

  private async lookOnAndOn(): Promise<never> {
    for (;;) {
      await this.look();
      await pause(this.isWhole ? LOOK_EVERY_MS : LOOK_AGAIN_MS, undefined, { signal: this.stopping.signal });
    }
  }

  /** One look at a time: while Redis is away the first one waits for it, and stands for all that follow. */
  private look(): Promise<void> {
    this.looking ??= this.keep()
      .catch((error: unknown) => this.options.logger.error({ err: error }, 'the schedule could not be looked at'))
      .finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async mend(): Promise<void> {
    for (const { queue, task, key, fault } of await this.faults()) {
      this.options.logger.info({ queue: queue.name, job: key, fault }, 'mending the schedule');
      if (!task) await queue.removeJobScheduler(key);
      else await queue.upsertJobScheduler(key, templateOf(task).repeat, templateOf(task).job);
    }
  }

  /** Every task that is not as the table says, and everything kept that the table does not name. */
  private async faults() {
    const found = await Promise.all(
      [...this.queues].map(async ([name, queue]) => {
        const kept = await queue.getJobSchedulers(0, -1);
        const tasks = this.options.schedule.filter((task) => task.contract.queue === name);
        const strangers = kept.filter(({ key }) => !tasks.some((task) => task.contract.name === key)).map(({ key }) => ({ queue, key, task: null, fault: 'not in the table' }));
        const wrong = tasks.map(async (task) => ({ queue, key: task.contract.name, task, fault: await faultOf(task, kept.find(({ key }) => key === task.contract.name), queue) }));
        return [...strangers, ...(await Promise.all(wrong)).filter(({ fault }) => fault !== null)];
      }),
    );
    return found.flat();
  }

  /** Does `work` unless another scheduler does just that: two that set a task at the same moment could lose its tick. */
  private async alone(work: () => Promise<void>): Promise<void> {
    const mine = randomUUID();
    const { redis } = this.options;
    if ((await redis.set(this.lockKey, mine, 'PX', LOCK_MS, 'NX')) === null) return;
    try {
      await work();
    } finally {
      if ((await redis.get(this.lockKey)) === mine) await redis.del(this.lockKey);
    }
  }
}
