import { BullModule, type WorkerHost } from '@nestjs/bullmq';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { Reaper, Reconciler } from '@higress/billing';
import { ProbesModule, type Readiness } from '@higress/observability';
import { queuePrefix } from '@higress/queues';
import type { RedisConnection } from '@higress/redis';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { DataSource } from 'typeorm';
import { budgetResetProcessor } from './budget-reset/budget-reset.processor';
import { cleanupProcessor } from './cleanup/cleanup.processor';
import type { Retention } from './cleanup/delete-expired';
import { heartbeatProcessor } from './heartbeat/heartbeat.processor';
import { orphanReapProcessor } from './orphan-reap/orphan-reap.processor';
import type { JobProcessor } from './processing/job-processor';
import { JobRunner } from './processing/job-runner';
import type { WorkerMetrics } from './processing/worker-metrics';
import { reconcileProcessor } from './reconcile/reconcile.processor';
import { usageRollupDailyProcessor } from './usage-rollup/usage-rollup-daily.processor';
import { usageRollupHourlyProcessor } from './usage-rollup/usage-rollup-hourly.processor';

/** What processors work with. */
export interface Tools {
  readonly db: DataSource;
  /** Of the role `queue`: a job waits for Redis rather than fail in a busy moment. */
  readonly redis: RedisConnection;
  readonly prefix: string;
  readonly retention: Retention;
  readonly metrics: WorkerMetrics;
  readonly logger: Logger;
}

/** The processors of all jobs: the one list that a new job is added to. */
export function allProcessors({ db, redis, prefix, retention, metrics, logger }: Tools): JobProcessor[] {
  return [
    heartbeatProcessor(redis, prefix),
    cleanupProcessor(db, retention),
    usageRollupHourlyProcessor(db),
    usageRollupDailyProcessor(db),
    budgetResetProcessor(db),
    orphanReapProcessor(new Reaper({ sql: db, log: logger })),
    reconcileProcessor(new Reconciler({ sql: db, log: logger, onDifference: () => metrics.bookDiffers(), onBudgetDifference: () => metrics.bookDiffers() })),
  ];
}

export interface WorkerParts {
  readonly queueRedis: RedisConnection;
  readonly prefix: string;
  readonly readiness: Readiness;
  readonly registry: Registry;
  readonly runner: JobRunner;
  readonly consumers: readonly Type<WorkerHost>[];
}

@Module({})
export class WorkerModule {
  /** Opens no worker: that is done by `BullRegistrar.register()`, when the stores are there. */
  static of({ queueRedis, prefix, readiness, registry, runner, consumers }: WorkerParts): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        ProbesModule.of({ readiness, registry }),
        BullModule.forRoot({ connection: queueRedis, prefix: queuePrefix(prefix), extraOptions: { manualRegistration: true } }),
        // No queues, which only producers need; but it is what brings the registrar.
        BullModule.registerQueue(),
      ],
      providers: [{ provide: JobRunner, useValue: runner }, ...consumers],
    };
  }
}
