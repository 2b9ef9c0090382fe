import { Queue } from 'bullmq';
import type { RedisConnection } from '@higress/redis';
import type { JobContract } from './define-job';
import { sealJob } from './job-envelope';
import { QUEUES, type QueueName } from './queue-names';
import { queuePrefix } from './queue-prefix';

export interface JobProducerOptions {
  /** A connection of the role `request`: it fails at once where BullMQ's own would wait for Redis to come back. */
  readonly redis: RedisConnection;
  /** `CACHE_PREFIX`. */
  readonly prefix: string;
  /** Told of trouble with the connection itself; what `enqueue` rejects with is not repeated here. */
  readonly onError: (error: Error) => void;
}

/** Puts jobs into queues from a request's path. Starts while Redis is away, never waits for it, and works again when it is back. */
export class JobProducer {
  private readonly queues: ReadonlyMap<QueueName, Queue>;

  constructor(options: JobProducerOptions) {
    this.queues = new Map(QUEUES.map((name) => [name, openQueue(name, options)]));
  }

  /**
   * Adds a job, or nothing where one of the same identity is still known to the queue.
   * @returns the job's id. @throws z.ZodError where the payload does not fit its contract; the connection's error where Redis is away.
   */
  async enqueue<P>(contract: JobContract<P>, payload: P, delayMs = 0): Promise<string> {
    const sealed = sealJob(contract, payload);
    const identity = contract.identity?.(payload);
    const jobId = identity === undefined ? undefined : `${contract.name}.${identity}`;
    const job = await this.queue(contract.queue).add(contract.name, sealed, { ...contract.options, jobId, delay: delayMs });
    return String(job.id);
  }

  async close(): Promise<void> {
    await Promise.all([...this.queues.values()].map((queue) => queue.close()));
  }

  private queue(name: QueueName): Queue {
    const queue = this.queues.get(name);
    if (!queue) throw new Error(`there is no queue ${name}`);
    return queue;
  }
}

/** Skips every look at the server that BullMQ takes at the start: one that fails would leave the queue unusable for good. */
function openQueue(name: QueueName, { redis, prefix, onError }: JobProducerOptions): Queue {
  const queue = new Queue(name, { connection: redis, prefix: queuePrefix(prefix), skipWaitingForReady: true, skipVersionCheck: true, skipMetasUpdate: true });
  return queue.on('error', onError);
}
