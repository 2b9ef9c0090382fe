import { randomUUID } from 'node:crypto';
import { defineJob, queuePrefix, workerOptions } from '@higress/queues';
import { openRedis, type RedisConnection } from '@higress/redis';
import { eventually, redisUrl, startRedisServer } from '@higress/testing';
import { Queue, Worker } from 'bullmq';
import { pino } from 'pino';
import { z } from 'zod';
import type { ScheduledTask } from './schedule';
import { ScheduleKeeper } from './schedule-keeper';

const logger = pino({ level: 'silent' });
const tick = defineJob({ name: 'tick', queue: 'internal', version: 1, payload: z.strictObject({}), attempts: 1, backoffMs: 10 });
const tock = defineJob({ ...tick, name: 'tock' });
const task = (rhythm: ScheduledTask['rhythm'], contract = tick): ScheduledTask => ({ contract, rhythm });

describe('the keeper of the schedule', () => {
  let redis: RedisConnection;
  let prefix: string;
  let queue: Queue;
  let worker: Worker | undefined;
  /** The moment that each tick is for, in order of delivery. */
  let ticks: number[];

  const keeper = (schedule: ScheduledTask[], connection = redis) => new ScheduleKeeper({ redis: connection, prefix, schedule, logger });
  const work = () => {
    worker = new Worker('internal', async (job) => void ticks.push(Number(job.id?.split(':').at(-1))), workerOptions({ redis, prefix, concurrency: 4 }));
  };
  const delayed = async () => (await queue.getDelayed()).map((job) => job.id);

  beforeEach(async () => {
    redis = openRedis(redisUrl(), { role: 'queue', name: 'spec' });
    prefix = `wk_${randomUUID()}:`;
    queue = new Queue('internal', { connection: redis, prefix: queuePrefix(prefix) });
    ticks = [];
  });
  afterEach(async () => {
    await worker?.close();
    worker = undefined;
    await queue.obliterate({ force: true });
    await queue.close();
    redis.disconnect();
  });

  it('gives each tick once to two schedulers, and skips none when one of them dies', async () => {
    const two = [keeper([task({ every: 200 })]), keeper([task({ every: 200 })])];
    work();
    await Promise.all(two.map((each) => each.keep()));
    await eventually('ticks of both', () => ticks.length >= 3);
    const survivor = two[1];
    await Promise.all([survivor?.keep(), survivor?.keep()]);
    await eventually('ticks of the survivor', () => ticks.length >= 8);
    const gaps = ticks.slice(1).map((at, i) => at - (ticks[i] ?? 0));
    // The first tick comes at once; the others keep its phase.
    expect(gaps).toEqual(gaps.map(() => 200));
  });

  it('goes on without any scheduler', async () => {
    await keeper([task({ every: 200 })]).keep();
    work();
    await eventually('ticks', () => ticks.length >= 4);
  });

  it('sets a changed task anew and removes what the table no longer names', async () => {
    await keeper([task({ every: 60_000 }), task({ pattern: '0 0 * * *' }, tock)]).keep();
    await keeper([task({ pattern: '0 5 * * *' })]).keep();
    expect(await queue.getJobSchedulers(0, -1)).toMatchObject([{ key: 'tick', pattern: '0 5 * * *', tz: 'UTC' }]);
    expect(await delayed()).toEqual([expect.stringMatching(/^repeat:tick:\d+$/)]);
    expect(new Date(Number((await delayed())[0]?.split(':').at(-1))).toISOString()).toMatch(/T05:00:00.000Z$/);
  });

  it('does not drop a tick that is due and waits for a worker', async () => {
    const everySecond = keeper([task({ pattern: '* * * * * *' })]);
    await everySecond.keep();
    const [due] = await delayed();
    const at = Number(due?.split(':').at(-1));
    await eventually('the tick is due', () => Date.now() > at + 1100);
    await everySecond.keep();
    work();
    await eventually('the tick that was due', () => ticks.length >= 1);
    expect(ticks[0]).toBe(at);
  });

  it('finds a task whose next tick was lost, and gives it ticks again', async () => {
    const hourly = keeper([task({ every: 3_600_000 })]);
    await hourly.keep();
    const past = Date.now() - 60_000;
    const key = (name: string) => `${queuePrefix(prefix)}:internal:${name}`;
    await redis.multi().del(key('delayed'), key('wait'), key('marker')).zadd(key('repeat'), past, 'tick').exec();
    expect(await queue.getJobCounts('waiting', 'delayed')).toEqual({ waiting: 0, delayed: 0 });
    await hourly.keep();
    expect(await delayed()).toHaveLength(1);
  });

  it('puts everything back by itself after Redis came back empty', async () => {
    const server = await startRedisServer();
    const own = openRedis(server.url, { role: 'queue', name: 'spec' });
    const lasting = keeper([task({ every: 60_000 })], own);
    const kept = new Queue('internal', { connection: own, prefix: queuePrefix(prefix) });
    lasting.start();
    await eventually('the schedule is in place', async () => (await kept.getJobSchedulers(0, -1)).length === 1);
    await server.kill();
    await server.start();
    await eventually('the schedule is back', async () => (await kept.getJobSchedulers(0, -1)).length === 1);
    await eventually('its own knowledge of it', () => lasting.check().then(() => true, () => false));
    lasting.stop();
    await kept.close();
    own.disconnect();
    await server.stop();
  });

  it('is not ready before it has seen the schedule whole', async () => {
    const fresh = keeper([task({ every: 60_000 })]);
    await expect(fresh.check()).rejects.toThrow('not in place');
    await fresh.keep();
    await fresh.check();
  });
});
