import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Queue } from 'bullmq';
import { openRedis, type RedisConnection } from '@higress/redis';
import { faultProxy, redisUrl } from '@higress/testing';
import { z } from 'zod';
import { defineJob } from './define-job';
import { JobProducer } from './job-producer';
import { queueDepths } from './queue-depths';
import { queuePrefix } from './queue-prefix';

const note = defineJob({ name: 'note', queue: 'internal', version: 1, payload: z.strictObject({ about: z.string() }), attempts: 3, backoffMs: 100, identity: ({ about }) => about });

describe('the producer of jobs', () => {
  const prefix = `wk_${randomUUID()}:`;
  let redis: RedisConnection;
  let patient: RedisConnection;
  let queue: Queue;
  const open = (connection: RedisConnection) => new JobProducer({ redis: connection, prefix, onError: () => undefined });
  const msUntilRefused = async (promise: Promise<unknown>) => {
    const before = performance.now();
    await expect(promise).rejects.toThrow();
    return performance.now() - before;
  };

  beforeAll(async () => {
    redis = openRedis(redisUrl(), { role: 'request', name: 'spec' });
    patient = openRedis(redisUrl(), { role: 'queue', name: 'spec' });
    queue = new Queue('internal', { connection: patient, prefix: queuePrefix(prefix) });
    await once(redis, 'ready');
  });
  afterAll(async () => {
    await queue.obliterate({ force: true });
    await queue.close();
    redis.disconnect();
    patient.disconnect();
  });

  it('adds the same work once, with the terms of its contract', async () => {
    const producer = open(redis);
    const ids = [await producer.enqueue(note, { about: 'a' }), await producer.enqueue(note, { about: 'a' }), await producer.enqueue(note, { about: 'b' })];
    expect(ids).toEqual(['note.a', 'note.a', 'note.b']);
    const job = await queue.getJob('note.a');
    expect(job?.data).toEqual({ version: 1, payload: { about: 'a' } });
    expect(job?.opts).toMatchObject({ attempts: 3, backoff: { type: 'exponential', delay: 100, jitter: 0.5 } });
    await producer.enqueue(note, { about: 'later' }, 60_000);
    expect(await queueDepths(redis, prefix)).toMatchObject({ internal: { waiting: 2, delayed: 1, active: 0, failed: 0 }, billing: { waiting: 0 } });
    await producer.close();
  });

  it('counts a paused queue’s jobs as waiting, as BullMQ does', async () => {
    await queue.pause();
    const { wait = 0, waiting = 0, paused = 0, delayed } = await queue.getJobCounts();
    expect((await queueDepths(redis, prefix)).internal).toMatchObject({ waiting: wait + waiting + paused, delayed });
    await queue.resume();
  });

  it('refuses a payload that does not fit before anything is queued', async () => {
    const producer = open(redis);
    await expect(producer.enqueue(note, {} as never)).rejects.toBeInstanceOf(z.ZodError);
    await producer.close();
  });

  it('fails at once while Redis is refused, and works when it has come', async () => {
    const proxy = await faultProxy({ target: redisUrl() });
    await proxy.shut();
    const late = openRedis(proxy.url, { role: 'request', name: 'spec' });
    const producer = open(late);
    expect(await msUntilRefused(producer.enqueue(note, { about: 'too early' }))).toBeLessThan(200);

    await proxy.open();
    await once(late, 'ready');
    expect(await producer.enqueue(note, { about: 'in time' })).toBe('note.in time');
    await producer.close();
    late.disconnect();
    await proxy.close();
  });

  it('fails in time where Redis takes the connection and says nothing', async () => {
    const proxy = await faultProxy({ target: redisUrl() });
    const mute = openRedis(proxy.url, { role: 'request', name: 'spec' });
    await once(mute, 'ready');
    const producer = open(mute);
    proxy.set({ blackHole: true });
    expect(await msUntilRefused(producer.enqueue(note, { about: 'into the void' }))).toBeLessThan(200);
    await producer.close();
    mute.disconnect();
    await proxy.close();
  });
});
