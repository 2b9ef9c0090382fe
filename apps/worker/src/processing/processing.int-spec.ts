import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { BullRegistrar, type WorkerHost } from '@nestjs/bullmq';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createRegistry, Readiness } from '@higress/observability';
import { defineJob, JobProducer, queuePrefix, workerOptions } from '@higress/queues';
import { openRedis, type RedisConnection } from '@higress/redis';
import { eventually, redisUrl } from '@higress/testing';
import { Queue, Worker } from 'bullmq';
import { pino } from 'pino';
import type { Registry } from 'prom-client';
import { z } from 'zod';
import { WorkerModule } from '../worker.module';
import type { JobProcessor } from './job-processor';
import { JobProcessors } from './job-processors';
import { JobRunner } from './job-runner';
import { queueConsumer } from './queue-consumer';
import { WorkerMetrics } from './worker-metrics';

const logger = pino({ level: 'silent' });
const charge = defineJob({ name: 'charge', queue: 'internal', version: 1, payload: z.strictObject({ call: z.string() }), attempts: 3, backoffMs: 20 });
/** Short, so that a takeover is soon; the rules are the same. */
const STALLED_AFTER_MS = 400;

describe('the taking of jobs', () => {
  let redis: RedisConnection;
  let patient: RedisConnection;
  let prefix: string;
  let queue: Queue;
  let producer: JobProducer;
  let registry: Registry;
  const open: INestApplicationContext[] = [];

  beforeEach(async () => {
    prefix = `wk_${randomUUID()}:`;
    redis = openRedis(redisUrl(), { role: 'request', name: 'spec' });
    patient = openRedis(redisUrl(), { role: 'queue', name: 'spec' });
    await once(redis, 'ready');
    producer = new JobProducer({ redis, prefix, onError: () => undefined });
    queue = new Queue('internal', { connection: patient, prefix: queuePrefix(prefix) });
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((context) => context.close()));
    await queue.obliterate({ force: true });
    await queue.close();
    redis.disconnect();
    patient.disconnect();
  });

  /** A worker as the service runs it, with one processor. */
  const startWorker = async (run: JobProcessor<{ call: string }>['run']): Promise<Worker> => {
    registry = createRegistry('spec');
    const runner = new JobRunner(new JobProcessors([{ contract: charge, run }], ['internal'], [charge]), new WorkerMetrics(registry, redis, prefix), logger);
    const options = workerOptions({ redis: patient, prefix, concurrency: 4, stalledAfterMs: STALLED_AFTER_MS });
    const consumers = [queueConsumer('internal', options, () => undefined)];
    const context = await NestFactory.createApplicationContext(WorkerModule.of({ queueRedis: patient, prefix, readiness: new Readiness({}), registry, runner, consumers }), { logger: false });
    open.push(context);
    context.get(BullRegistrar).register();
    return context.get<WorkerHost>(consumers[0] as never).worker;
  };
  /** A worker that takes a job and is never heard of again, as after kill -9. */
  const takeAndDie = async () => {
    const worker = new Worker('internal', () => new Promise(() => undefined), { ...workerOptions({ redis: patient, prefix, concurrency: 1, stalledAfterMs: STALLED_AFTER_MS }), skipLockRenewal: true, skipStalledCheck: true });
    const [job] = (await once(worker, 'active')) as [{ id: string }];
    await worker.close(true);
    return job.id;
  };
  const state = async (id: string) => (await queue.getJob(id))?.getState();

  it('takes a job over from a worker that died, again and again', async () => {
    const id = await producer.enqueue(charge, { call: 'a' });
    const seen: string[] = [];
    const stalls = 3;
    for (let stall = 0; stall < stalls; stall++) {
      await takeAndDie();
      if (stall === stalls - 1) break;
      const checker = new Worker('internal', null, workerOptions({ redis: patient, prefix, concurrency: 1, stalledAfterMs: STALLED_AFTER_MS }));
      await Promise.all([once(checker, 'stalled'), checker.startStalledCheckTimer()]);
      await checker.close();
    }
    await startWorker(async ({ call }) => void seen.push(call));
    await eventually('the job is done', async () => (await state(id)) === 'completed');
    expect(seen).toEqual(['a']);
  });

  it('keeps a job that has failed its last try, with the reason, until it is replayed', async () => {
    let broken = true;
    let tries = 0;
    await startWorker(async () => {
      tries += 1;
      if (broken) throw new Error('the provider is away');
    });
    const id = await producer.enqueue(charge, { call: 'a' });
    await eventually('the last try', async () => (await state(id)) === 'failed');
    const job = await queue.getJob(id);
    expect([tries, job?.failedReason]).toEqual([3, 'the provider is away']);
    const metrics = await registry.metrics();
    expect(metrics).toContain('gateway_jobs_total{queue="internal",job="charge",outcome="failed",project="spec"} 2');
    expect(metrics).toContain('gateway_jobs_total{queue="internal",job="charge",outcome="given_up",project="spec"} 1');
    expect(metrics).toContain('gateway_queue_jobs{queue="internal",state="failed",project="spec"} 1');

    broken = false;
    await job?.retry();
    await eventually('the replay', async () => (await state(id)) === 'completed');
  });

  it.each([
    ['another version', 'charge', { version: 2, payload: { call: 'a' } }, 'charge: version 2 is not known here, only 1'],
    ['another shape', 'charge', { version: 1, payload: {} }, 'charge: the payload does not fit: call (invalid_type)'],
    ['another name', 'unheard-of', { version: 1, payload: {} }, 'this worker has no processor for unheard-of'],
  ])('fails a job of %s at once, visibly, and does nothing', async (_what, name, data, reason) => {
    let tries = 0;
    await startWorker(async () => void (tries += 1));
    const { id } = await queue.add(name, data, charge.options);
    await eventually('it has failed', async () => (await state(String(id))) === 'failed');
    expect((await queue.getJob(String(id)))?.failedReason).toBe(reason);
    expect(tries).toBe(0);
  });

  it('lets the running job end when it is told to stop, and takes no other', async () => {
    let finish = () => {};
    const worker = await startWorker(() => new Promise<void>((resolve) => (finish = resolve)));
    const id = await producer.enqueue(charge, { call: 'a' });
    await once(worker, 'active');
    const closed = worker.close();
    const waiting = await producer.enqueue(charge, { call: 'b' });
    finish();
    await closed;
    expect([await state(id), await state(waiting)]).toEqual(['completed', 'waiting']);
  });
});
