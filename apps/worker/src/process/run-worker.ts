import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { BullRegistrar, type WorkerHost } from '@nestjs/bullmq';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Settings } from '@higress/config';
import { isSchemaCurrent } from '@higress/database';
import { createLogger, createRegistry, keepTrying, NestLogger, Readiness, stopOnSignal } from '@higress/observability';
import { requireSafeRedis, UnsafeRedisError, WorkerHeartbeat, workerOptions, type QueueName } from '@higress/queues';
import type { Logger } from 'pino';
import { Consumption } from '../processing/consumption';
import { JobProcessors } from '../processing/job-processors';
import { JobRunner } from '../processing/job-runner';
import { queueConsumer } from '../processing/queue-consumer';
import { WorkerMetrics } from '../processing/worker-metrics';
import { allProcessors, WorkerModule } from '../worker.module';
import { checks } from './checks';
import { closeStores, openStores, type Stores } from './open-stores';

/**
 * Answers probes at once, waits for its stores and their schema, then takes jobs until SIGTERM.
 * @throws Error when a job has no processor or the port is taken, UnsafeRedisError where a safe state Redis is required and this is none.
 */
export async function runWorker(settings: Settings<'worker'>): Promise<void> {
  const logger = createLogger({ name: 'worker', ...settings });
  const stores = openStores(settings, logger);
  const { CACHE_PREFIX: prefix, WORKER_CONCURRENCY: concurrency } = settings;
  const queues = settings.WORKER_QUEUES as QueueName[];
  const registry = createRegistry(settings.PROJECT_NAME);
  const metrics = new WorkerMetrics(registry, stores.stateRedis, prefix);
  const processors = new JobProcessors(allProcessors({ db: stores.db, redis: stores.stateRedis, prefix, metrics, logger }), queues);
  const runner = new JobRunner(processors, metrics, logger);
  const options = workerOptions({ redis: stores.queueRedis, prefix, concurrency });
  const consumers = queues.map((queue) => queueConsumer(queue, options, logTrouble(logger, queue)));
  const sign = { id: `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`, host: hostname(), pid: process.pid, queues, concurrency, startedAt: new Date().toISOString() };
  const heartbeat = new WorkerHeartbeat({ redis: stores.stateRedis, prefix, sign, onError: (error) => logger.debug({ err: error }, 'no sign of life given') });
  const consumption = new Consumption(runner.running, heartbeat);
  const readiness = new Readiness(checks(stores, () => consumption.check()));
  const parts = { queueRedis: stores.queueRedis, prefix, readiness, registry, runner, consumers };
  const app = await NestFactory.create<NestFastifyApplication>(WorkerModule.of(parts), new FastifyAdapter({ forceCloseConnections: true }), { logger: new NestLogger(logger) });

  const stopping = new AbortController();
  const stop = async () => {
    stopping.abort();
    await consumption.stop(settings.SHUTDOWN_GRACE_SECONDS * 1000);
    await closeStores(stores);
  };
  stopOnSignal({ readiness, logger, stop });
  await app.listen(settings.WORKER_PORT, settings.HOST);
  logger.info({ port: settings.WORKER_PORT, queues, concurrency, worker: sign.id }, 'worker is up');
  await untilStoresServe(stores, settings.REQUIRE_SAFE_REDIS, logger, stopping.signal);
  if (stopping.signal.aborted) return;
  app.get(BullRegistrar).register();
  consumption.start(consumers.map((consumer) => app.get<WorkerHost>(consumer).worker));
  logger.info({ queues }, 'taking jobs');
}

/** Returns when Redis is there and fit, and Postgres is there with the schema of this release; or when the service is told to stop. */
async function untilStoresServe({ stateRedis, db, probeDb }: Stores, safeRedisRequired: boolean, logger: Logger, signal: AbortSignal): Promise<void> {
  const persist = (what: string, work: () => Promise<unknown>) => keepTrying(work, { what, logger, signal, isHopeless: (error) => error instanceof UnsafeRedisError });
  try {
    await Promise.all([
      persist('asking the state Redis', () => requireSafeRedis(stateRedis, safeRedisRequired, (problem) => logger.warn(problem))),
      persist('connecting to Postgres', () => Promise.all([db, probeDb].filter((source) => !source.isInitialized).map((source) => source.initialize()))),
    ]);
    await persist('waiting for migrations', async () => {
      if (!(await isSchemaCurrent(probeDb))) throw new Error('migrations are missing: run `ctl migrate up`');
    });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Lost connections are told of once, where they are opened; what else BullMQ meets is a fault. */
function logTrouble(logger: Logger, queue: QueueName): (error: Error) => void {
  return (error) => {
    const lost = /ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|Connection is closed/.test(`${(error as NodeJS.ErrnoException).code} ${error.message}`);
    logger[lost ? 'debug' : 'error']({ queue, err: error }, 'trouble with the queue');
  };
}
