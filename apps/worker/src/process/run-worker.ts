import { BullRegistrar, type WorkerHost } from '@nestjs/bullmq';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Settings } from '@higress/config';
import { createLogger, NestLogger, stopOnSignal } from '@higress/observability';
import type { QueueName } from '@higress/queues';
import { assembleWorker } from './assemble-worker';
import { closeStores, openStores } from './open-stores';
import { untilStoresServe } from './until-stores-serve';

/**
 * Answers probes at once, waits for its stores and their schema, then takes jobs until SIGTERM.
 * @throws Error when a job has no processor or the port is taken, UnsafeRedisError where a safe state Redis is required and this is none.
 */
export async function runWorker(settings: Settings<'worker'>): Promise<void> {
  const logger = createLogger({ name: 'worker', ...settings });
  const stores = openStores(settings, logger);
  const plan = { project: settings.PROJECT_NAME, prefix: settings.CACHE_PREFIX, queues: settings.WORKER_QUEUES as QueueName[], concurrency: settings.WORKER_CONCURRENCY, retention: { responsesDays: settings.RESPONSES_RETENTION_DAYS } };
  const { module, consumers, consumption, readiness, sign } = assembleWorker(plan, stores, logger);
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter({ forceCloseConnections: true }), { logger: new NestLogger(logger) });

  const stopping = new AbortController();
  const stop = async () => {
    stopping.abort();
    await consumption.stop(settings.SHUTDOWN_GRACE_SECONDS * 1000);
    await closeStores(stores);
  };
  stopOnSignal({ readiness, logger, stop });
  await app.listen(settings.WORKER_PORT, settings.HOST);
  logger.info({ port: settings.WORKER_PORT, ...sign }, 'worker is up');

  await untilStoresServe(stores, settings.REQUIRE_SAFE_REDIS, logger, stopping.signal);
  if (stopping.signal.aborted) return;
  app.get(BullRegistrar).register();
  consumption.start(consumers.map((consumer) => app.get<WorkerHost>(consumer).worker));
  logger.info({ queues: plan.queues }, 'taking jobs');
}
