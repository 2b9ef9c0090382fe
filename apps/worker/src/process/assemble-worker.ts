import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { WorkerHost } from '@nestjs/bullmq';
import type { DynamicModule, Type } from '@nestjs/common';
import { createRegistry, Readiness } from '@higress/observability';
import { WorkerHeartbeat, workerOptions, type QueueName, type WorkerSign } from '@higress/queues';
import type { Logger } from 'pino';
import type { Retention } from '../cleanup/delete-expired';
import { Consumption } from '../processing/consumption';
import { JobProcessors } from '../processing/job-processors';
import { JobRunner } from '../processing/job-runner';
import { logTrouble } from '../processing/log-trouble';
import { queueConsumer } from '../processing/queue-consumer';
import { WorkerMetrics } from '../processing/worker-metrics';
import { allProcessors, WorkerModule } from '../worker.module';
import { checks } from './checks';
import type { Stores } from './open-stores';

export interface WorkerPlan {
  /** `PROJECT_NAME`. */
  readonly project: string;
  /** `CACHE_PREFIX`. */
  readonly prefix: string;
  readonly queues: readonly QueueName[];
  /** Jobs at the same time, per queue. */
  readonly concurrency: number;
  readonly retention: Retention;
}

export interface AssembledWorker {
  readonly module: DynamicModule;
  readonly consumers: readonly Type<WorkerHost>[];
  readonly consumption: Consumption;
  readonly readiness: Readiness;
  readonly sign: WorkerSign;
}

/** Puts a worker together; opens and starts nothing. @throws Error when one of its queues has a job that nobody processes. */
export function assembleWorker({ project, prefix, queues, concurrency, retention }: WorkerPlan, stores: Stores, logger: Logger): AssembledWorker {
  const { db, stateRedis: redis, queueRedis } = stores;
  const registry = createRegistry(project);
  const metrics = new WorkerMetrics(registry, redis, prefix);
  const runner = new JobRunner(new JobProcessors(allProcessors({ db, redis: queueRedis, prefix, retention, metrics, logger }), queues), metrics, logger);
  const consumers = queues.map((queue) => queueConsumer(queue, workerOptions({ redis: queueRedis, prefix, concurrency }), logTrouble(logger, queue)));

  const id = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const sign = { id, host: hostname(), pid: process.pid, queues, concurrency, startedAt: new Date().toISOString() };
  const heartbeat = new WorkerHeartbeat({ redis, prefix, sign, onError: (error) => logger.debug({ err: error }, 'no sign of life given') });
  const consumption = new Consumption(runner.running, heartbeat);
  const readiness = new Readiness(checks(stores, () => consumption.check()));
  return { module: WorkerModule.of({ queueRedis, prefix, readiness, registry, runner, consumers }), consumers, consumption, readiness, sign };
}
