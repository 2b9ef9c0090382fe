import { once } from 'node:events';
import { eventually, faultProxy, redisUrl, startRedisServer, within, type FaultProxy, type StoreServer } from '@higress/testing';
import { openRedis, type RedisConnection } from './open-redis';

describe('a connection for requests', () => {
  let server: StoreServer;
  let proxy: FaultProxy;
  let redis: RedisConnection;
  const ping = async () => {
    const began = performance.now();
    const answer = await redis.ping().catch((error: Error) => error);
    return { answer, tookMs: performance.now() - began };
  };

  beforeEach(async () => {
    server = await startRedisServer();
    proxy = await faultProxy({ target: server.url });
    redis = openRedis(proxy.url, { role: 'request', name: 'spec' });
    await eventually('connected', () => redis.status === 'ready');
  });
  afterEach(async () => {
    redis.disconnect();
    await proxy.close();
    await server.stop();
  });

  it('fails at once while Redis is refused, and is back within 2 s', async () => {
    await server.stop();
    await eventually('noticed', async () => (await ping()).answer instanceof Error);
    expect((await ping()).tookMs).toBeLessThan(20);
    await server.start();
    await eventually('back', async () => (await ping()).answer === 'PONG', 2000);
  });

  it.each(['frozen', 'black-holed'])('gives a %s Redis 50 ms per command, replaces the socket, and is back within 2 s', async (fault) => {
    if (fault === 'frozen') server.pause();
    else proxy.set({ blackHole: true });
    const first = await ping();
    expect(first.answer).toBeInstanceOf(Error);
    expect(first.tookMs).toBeLessThan(90);
    await eventually('the dead socket is given up', async () => (await ping()) && redis.status !== 'ready');
    if (fault === 'frozen') server.resume();
    else proxy.set({});
    await eventually('back', async () => (await ping()).answer === 'PONG', 2000);
  });

  it('does not take its own slowness for that of Redis', async () => {
    const direct = openRedis(server.url, { role: 'request', name: 'spec' });
    await eventually('connected', () => direct.status === 'ready');
    const answer = direct.ping();
    const until = performance.now() + 120;
    while (performance.now() < until);
    expect(await answer).toBe('PONG');
    direct.disconnect();
  });
});

it('waits for Redis on the other roles', async () => {
  const server = await startRedisServer();
  await server.stop();
  const redis = openRedis(server.url, { role: 'queue', name: 'spec' });
  const answer = redis.ping();
  await eventually('refused', () => redis.status === 'reconnecting');
  await server.start();
  expect(await within(2000, 'an answer', answer)).toBe('PONG');
  redis.disconnect();
  await server.stop();
});

it('names its connections and takes the database from the URL', async () => {
  const url = new URL(redisUrl());
  url.pathname = '/0';
  const redis = openRedis(url.href, { role: 'request', name: 'spec-name' });
  await once(redis, 'ready');
  expect(await redis.client('GETNAME')).toBe('spec-name');
  redis.disconnect();
});
