import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { stateRedisUrl, type Settings } from '@higress/config';
import { createLogger, createRegistry, keepTrying, NestLogger, OutageLog, ProbesModule, Readiness, stopOnSignal } from '@higress/observability';
import { requireSafeRedis, UnsafeRedisError } from '@higress/queues';
import { openRedis, type RedisRole } from '@higress/redis';
import { SCHEDULE } from '../schedule/schedule';
import { ScheduleKeeper } from '../schedule/schedule-keeper';

/**
 * Answers probes at once, waits for the state Redis, then keeps the schedule in it until SIGTERM. Needs nothing else.
 * @throws Error when the port is taken, UnsafeRedisError where a safe state Redis is required and this is none.
 */
export async function runScheduler(settings: Settings<'scheduler'>): Promise<void> {
  const logger = createLogger({ name: 'scheduler', ...settings });
  const outages = new OutageLog(logger, 'state Redis');
  const open = (role: RedisRole) => openRedis(stateRedisUrl(settings), { role, name: `scheduler-${role}`, onError: outages.away }).on('ready', outages.back);
  const [queueRedis, stateRedis] = [open('queue'), open('request')];
  const keeper = new ScheduleKeeper({ redis: queueRedis, prefix: settings.CACHE_PREFIX, schedule: SCHEDULE, logger });
  const readiness = new Readiness({ state_redis: async () => void (await stateRedis.ping()), schedule: () => keeper.check() });

  const probes = ProbesModule.of({ readiness, registry: createRegistry(settings.PROJECT_NAME) });
  const app = await NestFactory.create<NestFastifyApplication>(probes, new FastifyAdapter({ forceCloseConnections: true }), { logger: new NestLogger(logger) });
  const stopping = new AbortController();
  const stop = async () => {
    stopping.abort();
    keeper.stop();
    await app.close();
    queueRedis.disconnect();
    stateRedis.disconnect();
  };
  stopOnSignal({ readiness, logger, stop });
  await app.listen(settings.SCHEDULER_PORT, settings.HOST);
  logger.info({ port: settings.SCHEDULER_PORT }, 'scheduler is up');

  const isHopeless = (error: unknown) => error instanceof UnsafeRedisError;
  const look = () => requireSafeRedis(queueRedis, settings.REQUIRE_SAFE_REDIS, (problem) => logger.warn(problem));
  await keepTrying(look, { what: 'asking the state Redis', logger, signal: stopping.signal, isHopeless }).catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });
  if (!stopping.signal.aborted) keeper.start();
}
