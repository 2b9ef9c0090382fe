import { setTimeout as pause } from 'node:timers/promises';
import { CheckFailed } from '@higress/observability';
import type { WorkerHeartbeat } from '@higress/queues';
import type { Worker } from 'bullmq';
import type { RunningJobs } from './running-jobs';

/** What a job that has ended still needs: to be noted in Redis, which may be away. */
const NOTING_MS = 3000;

/** The taking of jobs, from the moment the stores are there until the last job has ended. */
export class Consumption {
  private workers: readonly Worker[] = [];

  constructor(
    private readonly running: RunningJobs,
    private readonly heartbeat: WorkerHeartbeat,
  ) {}

  /** @param workers which have begun to take jobs */
  start(workers: readonly Worker[]): void {
    this.workers = workers;
    this.heartbeat.start();
  }

  /** For `/ready`. @throws CheckFailed while jobs are not taken from every queue. */
  async check(): Promise<void> {
    if (this.workers.length === 0) throw new CheckFailed('waiting for the stores');
    const idle = this.workers.filter((worker) => !worker.isRunning()).map((worker) => worker.name);
    if (idle.length > 0) throw new CheckFailed('takes no jobs', { queues: idle });
  }

  /**
   * Takes no new jobs and lets the running ones end, for at most `graceMs`. What then still runs is taken over by another worker.
   * With Redis away it ends soon after the last job has.
   */
  async stop(graceMs: number): Promise<void> {
    if (this.workers.length === 0) return;
    await this.heartbeat.stop().catch(() => undefined);
    const closed = Promise.all(this.workers.map((worker) => worker.close()));
    const clock = new AbortController();
    const wait = (ms: number) => pause(ms, undefined, { signal: clock.signal }).catch(() => undefined);
    await Promise.race([closed, wait(graceMs), this.running.idle().then(() => wait(NOTING_MS))]);
    clock.abort();
  }
}
