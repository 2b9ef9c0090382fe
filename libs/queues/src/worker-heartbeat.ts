import type { RedisConnection } from '@higress/redis';
import type { QueueName } from './queue-names';

/** How long a worker counts as alive after its last sign. */
const ALIVE_MS = 20_000;
const SIGN_EVERY_MS = 5_000;
const RETRY_MS = 1_000;

/** What a worker says of itself. */
export interface WorkerSign {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly queues: readonly QueueName[];
  readonly concurrency: number;
  readonly startedAt: string;
}

export interface WorkerHeartbeatOptions {
  /** A connection of the role `request`: a sign that comes late is none. */
  readonly redis: RedisConnection;
  /** `CACHE_PREFIX`. */
  readonly prefix: string;
  readonly sign: WorkerSign;
  /** Told of every sign that could not be given. */
  readonly onError: (error: Error) => void;
}

const keysOf = (prefix: string) => ({ index: `{${prefix}workers}`, sign: (id: string) => `{${prefix}workers}:${id}` });

/** Says every five seconds that a worker lives. Redis forgets a worker 20 seconds after its last word, whatever the clocks say. */
export class WorkerHeartbeat {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly options: WorkerHeartbeatOptions) {}

  /** Gives the first sign at once. */
  start(): void {
    void this.beat().then(
      () => this.startAgainIn(SIGN_EVERY_MS),
      (error: Error) => {
        this.options.onError(error);
        this.startAgainIn(RETRY_MS);
      },
    );
  }

  /** Takes the worker off the list, so that nobody counts on it for another 20 seconds. Rejects where Redis is away. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    const { redis, prefix, sign } = this.options;
    const keys = keysOf(prefix);
    await redis.multi().del(keys.sign(sign.id)).srem(keys.index, sign.id).exec();
  }

  private startAgainIn(ms: number): void {
    if (!this.stopped) this.timer = setTimeout(() => this.start(), ms).unref();
  }

  private async beat(): Promise<void> {
    const { redis, prefix, sign } = this.options;
    const keys = keysOf(prefix);
    await redis.multi().set(keys.sign(sign.id), JSON.stringify(sign), 'PX', ALIVE_MS).sadd(keys.index, sign.id).exec();
  }
}

/** The workers that live, whichever machine they run on. Two round trips; workers that died unheard are swept off the list on the way. */
export async function readHeartbeats(redis: RedisConnection, prefix: string): Promise<WorkerSign[]> {
  const keys = keysOf(prefix);
  const ids = await redis.smembers(keys.index);
  if (ids.length === 0) return [];
  const signs = await redis.mget(ids.map(keys.sign));
  const gone = ids.filter((_, i) => signs[i] === null);
  if (gone.length > 0) await redis.srem(keys.index, ...gone);
  return signs.filter((sign) => sign !== null).map((sign) => JSON.parse(sign) as WorkerSign);
}
