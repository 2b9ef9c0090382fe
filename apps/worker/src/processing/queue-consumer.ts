import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Inject, type Type } from '@nestjs/common';
import type { QueueName } from '@higress/queues';
import type { Job, WorkerOptions } from 'bullmq';
import { JobRunner } from './job-runner';

/** The Nest provider that takes jobs from one queue. A class for each queue, because Nest finds the queue's name on the class. */
export function queueConsumer(queue: QueueName, options: WorkerOptions, onError: (error: Error) => void): Type<WorkerHost> {
  @Processor(queue, options)
  class QueueConsumer extends WorkerHost {
    constructor(@Inject(JobRunner) private readonly runner: JobRunner) {
      super();
    }

    override process(job: Job): Promise<object | void> {
      return this.runner.process(job);
    }

    @OnWorkerEvent('completed')
    completed(job: Job, result: unknown): void {
      this.runner.completed(job, result);
    }

    @OnWorkerEvent('failed')
    failed(job: Job | undefined, error: Error): void {
      this.runner.failed(job, error);
    }

    @OnWorkerEvent('stalled')
    stalled(jobId: string): void {
      this.runner.stalled(queue, jobId);
    }

    @OnWorkerEvent('error')
    error(error: Error): void {
      onError(error);
    }
  }
  return QueueConsumer;
}
