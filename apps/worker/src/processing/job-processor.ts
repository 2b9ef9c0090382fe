import type { JobContract } from '@higress/queues';

/** One kind of job's work. */
export interface JobProcessor<P = unknown> {
  readonly contract: JobContract<P>;
  /**
   * Does the work; what it resolves to is kept with the job. Must be idempotent: the same job may come again, also while it still runs elsewhere.
   * Catches nothing: to throw is to ask the queue for another try.
   */
  run(payload: P): Promise<object | void>;
}
