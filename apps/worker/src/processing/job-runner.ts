import type { Job } from 'bullmq';
import type { Logger } from 'pino';
import type { JobProcessors } from './job-processors';
import { RunningJobs } from './running-jobs';
import type { WorkerMetrics } from './worker-metrics';

/** Runs the jobs of all queues and tells the log and the metrics how they went. */
export class JobRunner {
  readonly running = new RunningJobs();

  constructor(
    private readonly processors: JobProcessors,
    private readonly metrics: WorkerMetrics,
    private readonly logger: Logger,
  ) {}

  process(job: Job): Promise<object | void> {
    return this.running.during(() => this.processors.process(job));
  }

  completed(job: Job, result: unknown): void {
    this.note(job, 'completed');
    this.logger.debug({ ...about(job), result }, 'job done');
  }

  /** @param job absent where a job vanished before its failure could be noted. */
  failed(job: Job | undefined, error: Error): void {
    if (!job) return this.logger.error({ err: error }, 'a job failed and is gone');
    if (job.finishedOn === undefined) {
      this.note(job, 'failed');
      this.logger.warn({ ...about(job), err: error }, 'job failed and will be tried again');
    } else {
      this.note(job, 'given_up');
      this.logger.error({ ...about(job), err: error }, 'job failed for good: it stays in its queue and can be replayed');
    }
  }

  stalled(queue: string, jobId: string): void {
    this.logger.warn({ queue, jobId }, 'a job gave no sign of life and is taken over');
  }

  private note(job: Job, outcome: 'completed' | 'failed' | 'given_up'): void {
    const name = this.processors.knows(job.name) ? job.name : 'unknown';
    this.metrics.tried(job.queueName, name, outcome, Date.now() - (job.processedOn ?? Date.now()));
  }
}

function about({ name, id, queueName, attemptsMade }: Job): object {
  return { queue: queueName, job: name, jobId: id, attemptsMade };
}
