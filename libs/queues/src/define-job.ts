import type { JobsOptions } from 'bullmq';
import type { z } from 'zod';
import type { QueueName } from './queue-names';

export interface JobTerms<P> {
  /** Unique among all jobs; the processor is found by it. */
  readonly name: string;
  readonly queue: QueueName;
  /** Moved whenever a payload of the last version would be misread. A worker fails a version that it does not know, visibly. */
  readonly version: number;
  readonly payload: z.ZodType<P>;
  /** How often it is started before it counts as failed. */
  readonly attempts: number;
  /** Wait before the second try, in milliseconds; doubled for each further one, with jitter down to half. */
  readonly backoffMs: number;
  /**
   * What makes two payloads the same work, without colons. While such a job is known to the queue, adding it again adds nothing.
   * It saves work only: that an effect happens once is the processor's own promise.
   */
  identity?(payload: P): string;
}

/** What producer and processor agree on: the name, the shape of the payload and how failure is met. */
export interface JobContract<P = unknown> extends JobTerms<P> {
  /** The options that BullMQ gets with each such job. */
  readonly options: JobsOptions;
}

const DAY_SECONDS = 86_400;

/**
 * How long finished jobs stay to be looked at. BullMQ counts per queue, not per kind of job, so one rule must hold for all.
 * The state Redis never evicts: without bounds it would fill.
 */
const KEPT = {
  removeOnComplete: { age: DAY_SECONDS, count: 500 },
  removeOnFail: { age: 30 * DAY_SECONDS, count: 10_000 },
};

export function defineJob<P>(terms: JobTerms<P>): JobContract<P> {
  const backoff = { type: 'exponential', delay: terms.backoffMs, jitter: 0.5 };
  return { ...terms, options: { attempts: terms.attempts, backoff, stackTraceLimit: 10, ...KEPT } };
}
