import { randomUUID } from 'node:crypto';
import { openRedis, type RedisConnection } from '@higress/redis';
import { eventually, redisUrl } from '@higress/testing';
import type { KeptAnswer } from '../kept-answer';
import type { Lead } from './lead';
import { ResponseCache } from './response-cache';

const answer: KeptAnswer = { requestId: randomUUID(), status: 200, stream: false, headers: ['content-type', 'application/json'], body: Buffer.from([0, 255, 10, 13]) };
const patient = { ending: new AbortController().signal, waitMs: 10_000 };

describe('the response cache', () => {
  const prefix = `spec:${randomUUID()}:`;
  let redis: RedisConnection;
  let one: ResponseCache;
  let other: ResponseCache;

  beforeAll(async () => {
    redis = openRedis(redisUrl(), { role: 'request', name: 'spec' });
    await eventually('Redis', () => redis.status === 'ready');
  });
  beforeEach(() => {
    one = new ResponseCache({ redis, prefix });
    other = new ResponseCache({ redis, prefix });
  });
  afterAll(() => redis.disconnect());

  const leadOf = (found: KeptAnswer | Lead): Lead => {
    if ('body' in found) throw new Error('there was an answer');
    return found;
  };

  it('gives an answer to whoever asks later, in this process and in others, until its time is up', async () => {
    const key = randomUUID();
    await leadOf(await one.find(key, patient)).keep(answer, 60);
    expect(await one.find(key, patient)).toEqual(answer);
    expect(await other.find(key, patient)).toEqual(answer);
    expect(await redis.ttl(prefix + key)).toBeGreaterThan(58);
    await redis.pexpire(prefix + key, 1);
    await eventually('its end', async () => (await redis.exists(prefix + key)) === 0);
    leadOf(await one.find(key, patient)).giveUp();
  });

  it('lets one of many lead, over several processes, and gives the others what it made', async () => {
    const key = randomUUID();
    let leads = 0;
    const ask = async (cache: ResponseCache) => {
      const found = await cache.find(key, patient);
      if ('body' in found) return found;
      leads += 1;
      await new Promise((resolve) => setImmediate(resolve));
      await found.keep(answer, 60);
      return answer;
    };
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => ask(i % 2 ? one : other)));
    expect(leads).toBe(1);
    expect(answers.every(({ body }) => body.equals(answer.body))).toBe(true);
  });

  it('lets the next one lead when the first gives up, one at a time', async () => {
    const key = randomUUID();
    let running = 0;
    let leads = 0;
    const ask = async (cache: ResponseCache) => {
      const lead = leadOf(await cache.find(key, patient));
      expect((running += 1)).toBe(1);
      leads += 1;
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      lead.giveUp();
    };
    await Promise.all([ask(one), ask(one), ask(other), ask(other)]);
    expect(leads).toBe(4);
  });

  it('waits no longer than it was told, nor for a caller that has left', async () => {
    const key = randomUUID();
    const lead = leadOf(await one.find(key, patient));
    leadOf(await one.find(key, { ...patient, waitMs: 30 })).giveUp();
    leadOf(await other.find(key, { ...patient, waitMs: 30 })).giveUp();
    const leaving = new AbortController();
    const left = [one.find(key, { ...patient, ending: leaving.signal }), other.find(key, { ...patient, ending: leaving.signal })].map((found) => expect(found).rejects.toBe('gone'));
    leaving.abort('gone');
    await Promise.all(left);
    const waiting = other.find(key, patient);
    await lead.keep(answer, 60);
    expect(await waiting).toEqual(answer);
  });

  it('goes past a process that died with the lock', async () => {
    const key = randomUUID();
    await redis.set(`${prefix}${key}:lock`, 'the dead', 'PX', 100);
    leadOf(await one.find(key, patient)).giveUp();
  });

  it('leaves alone the lock of whoever took over', async () => {
    const key = randomUUID();
    const late = leadOf(await one.find(key, patient));
    await redis.set(`${prefix}${key}:lock`, 'the next', 'PX', 10_000);
    late.giveUp();
    await redis.ping();
    expect(await redis.get(`${prefix}${key}:lock`)).toBe('the next');
  });

  it('misses where Redis is away, and where something else lies there; then it is single in its process alone', async () => {
    const away = openRedis('redis://127.0.0.1:1', { role: 'request', name: 'spec' });
    const cache = new ResponseCache({ redis: away, prefix });
    const lead = leadOf(await cache.find('x', patient));
    const waiting = cache.find('x', patient);
    await lead.keep(answer, 60);
    expect(await waiting).toEqual(answer);
    leadOf(await cache.find('x', patient)).giveUp();
    away.disconnect();
    const key = randomUUID();
    await redis.set(prefix + key, 'rubbish');
    leadOf(await one.find(key, patient)).giveUp();
    await redis.del(prefix + key);
    await redis.lpush(prefix + key, 'a list');
    leadOf(await one.find(key, patient)).giveUp();
  });
});
