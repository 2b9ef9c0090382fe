import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { defineJob } from './define-job';
import { JobProducer } from './job-producer';
import { queueDepths } from './queue-depths';
import { queuePrefix } from './queue-prefix';

const url = process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379';
const failsFast = { enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 50, retryStrategy: () => 50 };
const note = defineJob({ name: 'note', queue: 'internal', version: 1, payload: z.strictObject({ about: z.string() }), attempts: 3, backoffMs: 100, identity: ({ about }) => about });

const until = (redis: Redis, event: string) => new Promise<void>((resolve) => redis.once(event, () => resolve()));

describe('the producer of jobs', () => {
  const prefix = `wk_${randomUUID()}:`;
  let redis: Redis;
  let queue: Queue;

  beforeAll(async () => {
    redis = new Redis(url, failsFast);
    queue = new Queue('internal', { connection: { url, maxRetriesPerRequest: null }, prefix: queuePrefix(prefix) });
    await until(redis, 'ready');
  });
  afterAll(async () => {
    await queue.obliterate({ force: true });
    await queue.close();
    redis.disconnect();
  });

  it('adds the same work once, with the terms of its contract', async () => {
    const producer = new JobProducer({ redis, prefix, onError: () => undefined });
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
    const producer = new JobProducer({ redis, prefix, onError: () => undefined });
    await expect(producer.enqueue(note, {} as never)).rejects.toBeInstanceOf(z.ZodError);
    await producer.close();
  });

  it('fails at once while Redis is refused, and works when it has come', async () => {
    const port = await freePort();
    const late = new Redis({ ...failsFast, port, host: '127.0.0.1' });
    late.on('error', () => undefined);
    const producer = new JobProducer({ redis: late, prefix, onError: () => undefined });
    const before = performance.now();
    await expect(producer.enqueue(note, { about: 'too early' })).rejects.toThrow();
    expect(performance.now() - before).toBeLessThan(200);

    const proxy = await forward(port);
    await until(late, 'ready');
    expect(await producer.enqueue(note, { about: 'in time' })).toBe('note.in time');
    await producer.close();
    late.disconnect();
    await proxy.close();
  });

  it('fails in time where Redis takes the connection and says nothing', async () => {
    const proxy = await forward(0);
    const mute = new Redis({ ...failsFast, port: proxy.port, host: '127.0.0.1' });
    mute.on('error', () => undefined);
    await until(mute, 'ready');
    const producer = new JobProducer({ redis: mute, prefix, onError: () => undefined });
    proxy.freeze();
    const before = performance.now();
    await expect(producer.enqueue(note, { about: 'into the void' })).rejects.toThrow();
    expect(performance.now() - before).toBeLessThan(200);
    await producer.close();
    mute.disconnect();
    await proxy.close();
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A wire to the real Redis that can be frozen. */
async function forward(port: number) {
  const { hostname, port: target } = new URL(url);
  const sockets = new Set<Socket>();
  let frozen = false;
  const server: Server = createServer((client) => {
    const redis = new (client.constructor as typeof Socket)().connect(Number(target), hostname);
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.on('data', (bytes) => void (frozen || redis.write(bytes)));
    redis.on('data', (bytes) => void (frozen || client.write(bytes)));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => void (frozen = true),
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
