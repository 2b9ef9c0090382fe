import { JOBS, openJob, type JobContract, type QueueName } from '@higress/queues';
import { UnrecoverableError } from 'bullmq';
import type { JobProcessor } from './job-processor';

/** The processor of each job, found by the job's name. */
export class JobProcessors {
  private readonly byName: ReadonlyMap<string, JobProcessor>;

  /** @throws Error naming every job of these queues that nobody here processes, and every job that two do. */
  constructor(
    processors: readonly JobProcessor[],
    readonly queues: readonly QueueName[],
    contracts: readonly JobContract[] = JOBS,
  ) {
    this.byName = new Map(processors.map((processor) => [processor.contract.name, processor]));
    const orphans = contracts.filter((job) => queues.includes(job.queue) && !this.byName.has(job.name)).map((job) => `${job.name} (${job.queue})`);
    if (orphans.length > 0) throw new Error(`no processor for: ${orphans.join(', ')}`);
    if (this.byName.size < processors.length) throw new Error(`two processors for one of: ${processors.map((processor) => processor.contract.name).join(', ')}`);
  }

  /** True for the names of our own jobs, which are few: fit to be a metric's label. */
  knows(name: string): boolean {
    return this.byName.has(name);
  }

  /**
   * Checks the payload and does the work.
   * @throws UnrecoverableError for a job that no try here can mend, else whatever the work throws.
   */
  async process(job: { readonly name: string; readonly data: unknown }): Promise<object | void> {
    const processor = this.byName.get(job.name);
    if (!processor) throw new UnrecoverableError(`this worker has no processor for ${job.name}`);
    return processor.run(openJob(processor.contract, job.data));
  }
}
