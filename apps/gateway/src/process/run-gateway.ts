import type { Settings } from '@higress/config';
import { createLogger, keepTrying, NestLogger } from '@higress/observability';
import { requireSafeRedis, UnsafeRedisError } from '@higress/queues';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { GatewayModule } from '../gateway.module';
import { createAdapter } from '../http/create-adapter';
import { DomainErrorFilter } from '../http/domain-error.filter';
import { inferenceRoutes } from '../inference/inference.routes';
import { serveDocs } from '../docs/serve-docs';
import { compose } from './compose';
import { lastBytes } from './last-bytes';
import { gatewayReadiness } from './readiness';
import { onSignals } from './signals';
import { applyDeclared, startUp } from './start-up';
import { openStores } from './stores';
import { tellStarted } from './supervise';

/** One gateway process, from its settings to its end. It listens before its stores are there, so that `/health` and `/ready` can tell. */
export async function runGateway(settings: Settings<'gateway'>): Promise<void> {
  const logger = createLogger({ ...settings, name: 'gateway' });
  const stores = openStores(settings, logger);
  const gateway = compose(settings, stores, logger);
  const starting = new AbortController();
  let started = false;
  const readiness = gatewayReadiness(stores, settings.CACHE_PREFIX, () => started);

  const adapter = createAdapter(settings, gateway.blocked);
  const module = GatewayModule.of({ settings, gateway, readiness });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { logger: new NestLogger(logger), bodyParser: true, rawBody: true });
  app.useGlobalFilters(new DomainErrorFilter(logger));
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  await fastify.register(inferenceRoutes, { ...gateway, maxUploadBytes: settings.MAX_UPLOAD_BYTES });
  serveDocs(app, settings);
  await app.init();

  const parts = { settings, stores, keys: gateway.keys, sealer: gateway.sealer, catalog: gateway.catalog, desk: gateway.desk, blocked: gateway.blocked, users: gateway.users, logger };
  onSignals({
    async stop() {
      starting.abort();
      readiness.stop();
      logger.info({ delay_s: settings.SHUTDOWN_DELAY_SECONDS, grace_s: settings.SHUTDOWN_GRACE_SECONDS, inflight: gateway.pipeline.inflight }, 'stopping');
      await new Promise((resolve) => setTimeout(resolve, settings.SHUTDOWN_DELAY_SECONDS * 1000));
      const closed = app.close();
      await gateway.pipeline.drain(settings.SHUTDOWN_GRACE_SECONDS * 1000);
      await lastBytes(fastify.server, closed);
      await gateway.stop();
      await stores.close();
      logger.info('stopped');
    },
    reload: () => applyDeclared(parts),
    logger,
  });

  await app.listen(settings.PORT, settings.HOST);
  logger.info({ url: await app.getUrl() }, 'listening');
  try {
    for (const warning of gateway.keys.warnings) logger.warn(warning);
    await gateway.start();
    const safe = () => requireSafeRedis(stores.state, settings.REQUIRE_SAFE_REDIS, (problem) => logger.warn({ problem }, 'the state Redis may lose queued jobs and limits'));
    await Promise.all([
      keepTrying(safe, { what: 'asking the state Redis', logger, signal: starting.signal, isHopeless: (error) => error instanceof UnsafeRedisError }),
      startUp(parts, starting.signal),
    ]);
    started = true;
    tellStarted();
    logger.info('started');
  } catch (error) {
    if (starting.signal.aborted) return;
    logger.fatal({ reason: (error as Error).message }, 'the start failed');
    console.error((error as Error).message);
    process.exitCode = 1;
    setTimeout(() => process.exit(1), 100);
  }
}
