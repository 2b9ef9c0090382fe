import { JOB_STATES, lastScheduledHeartbeat, QUEUES, queueDepths } from '@higress/queues';
import type { RedisConnection } from '@higress/redis';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const SECONDS = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300];

/** What a worker tells of its jobs. Labels hold our own names of queues and jobs only. */
export class WorkerMetrics {
  private readonly jobs: Counter<'queue' | 'job' | 'outcome'>;
  private readonly seconds: Histogram<'job'>;
  private readonly differences: Counter;

  /** @param redis of the role `request`: a scrape does not wait for it. */
  constructor(registry: Registry, redis: RedisConnection, prefix: string) {
    const registers = [registry];
    this.jobs = new Counter({ name: 'gateway_jobs_total', help: 'Tries of jobs here: completed, failed (will be tried again) or given_up.', labelNames: ['queue', 'job', 'outcome'], registers });
    this.seconds = new Histogram({ name: 'gateway_job_duration_seconds', help: 'From the start of a try to its end.', labelNames: ['job'], buckets: SECONDS, registers });
    this.differences = new Counter({ name: 'gateway_book_differences_total', help: 'Accounts found to differ from their ledger or their holds. Anything but 0 wants a person.', registers });
    new Gauge({
      name: 'gateway_queue_jobs',
      help: 'Jobs by queue and state.',
      labelNames: ['queue', 'state'],
      registers,
      async collect() {
        this.reset();
        const depths = await queueDepths(redis, prefix).catch(() => undefined);
        if (depths) for (const queue of QUEUES) for (const state of JOB_STATES) this.set({ queue, state }, depths[queue][state]);
      },
    });
    new Gauge({
      name: 'gateway_scheduled_heartbeat_timestamp_seconds',
      help: 'When a heartbeat last went from the scheduler through its queue to a worker; over two minutes ago, one of the three is dead.',
      registers,
      async collect() {
        this.reset();
        const at = await lastScheduledHeartbeat(redis, prefix).catch(() => null);
        if (at) this.set(at.getTime() / 1000);
      },
    });
  }

  bookDiffers(): void {
    this.differences.inc();
  }

  tried(queue: string, job: string, outcome: 'completed' | 'failed' | 'given_up', durationMs: number): void {
    this.jobs.inc({ queue, job, outcome });
    this.seconds.observe({ job }, durationMs / 1000);
  }
}
