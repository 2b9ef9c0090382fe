import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Settings } from '@higress/config';
import { isSchemaCurrent } from '@higress/database';
import { CheckFailed, createLogger, createRegistry, keepTrying, NestLogger, Readiness, stopOnSignal } from '@higress/observability';
import { requireSafeRedis, UnsafeRedisError } from '@higress/queues';
import type { Logger } from 'pino';
import { BoardModule } from '../board.module';
import { queueBoard } from '../queues/queue-board';
import { composeSessions } from '../session/compose-sessions';
import { SECURITY_HEADERS } from './security-headers';
import { closeStores, openStores, type Stores } from './open-stores';

const BODY_LIMIT_BYTES = 512 * 1024;
const REQUEST_TIMEOUT_MS = 15_000;
/** BullMQ waits for a Redis that is away; no visitor does. */
const ANSWER_MS = 3_000;

/**
 * Serves the queue board until SIGTERM; its pages say so while a store is away.
 * @throws Error when the port is taken, UnsafeRedisError where a safe state Redis is required and this is none.
 */
export async function runBoard(settings: Settings<'board'>): Promise<void> {
  const logger = createLogger({ name: 'board', ...settings });
  const stores = openStores(settings, logger);
  const sessions = composeSessions(settings, stores);
  const readiness = new Readiness(checks(stores));
  const project = settings.PROJECT_NAME;
  const trustProxy = settings.TRUSTED_PROXIES.length > 0 && settings.TRUSTED_PROXIES;
  const adapter = new FastifyAdapter({ trustProxy, bodyLimit: BODY_LIMIT_BYTES, requestTimeout: REQUEST_TIMEOUT_MS, handlerTimeout: ANSWER_MS, forceCloseConnections: true });
  const app = await NestFactory.create<NestFastifyApplication>(BoardModule.of({ readiness, registry: createRegistry(project), project, sessions }), adapter, { logger: new NestLogger(logger) });
  app.getHttpAdapter().getInstance().addHook('onRequest', async (_request, reply) => void reply.headers(SECURITY_HEADERS));
  await app.register(queueBoard({ redis: stores.queueRedis, prefix: settings.CACHE_PREFIX, project, sessions, onError: (error) => logger.error({ err: error }, 'the board could not answer') }));

  const stopping = new AbortController();
  const stop = async () => {
    stopping.abort();
    await app.close();
    await closeStores(stores);
  };
  stopOnSignal({ readiness, logger, stop });
  await app.listen(settings.BOARD_PORT, settings.HOST);
  logger.info({ port: settings.BOARD_PORT }, 'board is up');
  await untilStoresServe(stores, settings.REQUIRE_SAFE_REDIS, logger, stopping.signal);
}

function checks({ db, stateRedis }: Stores) {
  return {
    postgres: async () => void (await db.query('select 1')),
    state_redis: async () => void (await stateRedis.ping()),
    migrations: async () => {
      if (!(await isSchemaCurrent(db))) throw new CheckFailed('migrations are missing');
    },
  };
}

async function untilStoresServe({ queueRedis, db }: Stores, safeRedisRequired: boolean, logger: Logger, signal: AbortSignal): Promise<void> {
  const persist = (what: string, work: () => Promise<unknown>) => keepTrying(work, { what, logger, signal, isHopeless: (error) => error instanceof UnsafeRedisError });
  await Promise.all([
    persist('asking the state Redis', () => requireSafeRedis(queueRedis, safeRedisRequired, (problem) => logger.warn(problem))),
    persist('connecting to Postgres', () => db.initialize()),
  ]).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
