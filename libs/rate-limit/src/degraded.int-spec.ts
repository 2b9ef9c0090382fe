import { openRedis } from '@higress/redis';
import { eventually, faultProxy, startRedisServer, type FaultProxy, type StoreServer } from '@higress/testing';
import { aDemand } from './fixtures/demand';
import { type OpenLimiter, openLimiter } from './fixtures/open-limiter';
import { RateLimiter } from './rate-limiter';

describe('while Redis is away', () => {
  let server: StoreServer;
  let proxy: FaultProxy;
  const open: OpenLimiter[] = [];
  const told: (Error | null)[] = [];

  const limiterWith = async (options: Parameters<typeof openLimiter>[1] = {}) => {
    const opened = await openLimiter(proxy.url, { onDegraded: (isDegraded, cause) => told.push(isDegraded ? (cause as Error) : null), ...options }, 'request');
    open.push(opened);
    opened.limiter.start();
    return opened;
  };
  const timed = async ({ limiter }: OpenLimiter, demand = aDemand({ key: { rpm: 1000 } })) => {
    const began = performance.now();
    const { degraded } = await limiter.admit(demand);
    return { degraded, tookMs: performance.now() - began };
  };

  beforeEach(async () => {
    server = await startRedisServer();
    proxy = await faultProxy({ target: server.url });
    told.length = 0;
  });
  afterEach(async () => {
    for (const opened of open.splice(0)) await opened.close();
    await proxy.close();
    await server.kill();
  });

  const faults: Record<string, { begin: () => unknown; end: () => unknown }> = {
    refused: { begin: () => server.stop(), end: () => server.start() },
    frozen: { begin: () => server.pause(), end: () => server.resume() },
    'black-holed': { begin: () => proxy.set({ blackHole: true }), end: () => proxy.set({}) },
    slow: { begin: () => proxy.set({ latencyMs: 100 }), end: () => proxy.set({}) },
    full: {
      begin: () => open[0]?.redis.config('SET', 'maxmemory', '1'),
      end: () => open[0]?.redis.config('SET', 'maxmemory', '0'),
    },
    'a replica': {
      begin: () => open[0]?.redis.call('REPLICAOF', '127.0.0.1', String(server.port)),
      end: () => open[0]?.redis.call('REPLICAOF', 'NO', 'ONE'),
    },
  };

  it.each(Object.keys(faults))('(%s) the process decides by itself after 50 ms at most, then at once, and Redis again within 2 s of its return', async (name) => {
    const { begin, end } = faults[name] as (typeof faults)[string];
    const opened = await limiterWith();
    expect(await timed(opened)).toMatchObject({ degraded: false });
    await begin();
    const first = await timed(opened);
    expect(first).toMatchObject({ degraded: true });
    expect(first.tookMs).toBeLessThan(90);
    for (let i = 0; i < 5; i += 1) expect((await timed(opened)).tookMs).toBeLessThan(15);
    expect(opened.limiter.isDegraded).toBe(true);
    expect(told).toEqual([expect.any(Error)]);

    await end();
    await eventually('back', async () => !(await timed(opened)).degraded, 2000);
    expect(told).toEqual([expect.any(Error), null]);
  });

  it('nothing is refused or delayed by the change, whoever calls at that moment', async () => {
    const opened = await limiterWith({ degradeRpm: 0 });
    const calls = Array.from({ length: 200 }, () => timed(opened));
    server.pause();
    const answers = await Promise.all(calls);
    server.resume();
    for (const { tookMs } of answers) expect(tookMs).toBeLessThan(150);
  });

  it('a lease is freed as soon as Redis is back, when its call ended meanwhile', async () => {
    const opened = await limiterWith();
    const limits = { key: { concurrent: 1 } };
    const permit = await opened.limiter.admit(aDemand(limits));
    server.pause();
    await timed(opened);
    opened.limiter.settle(permit, 0);
    server.resume();
    await eventually('back', async () => !opened.limiter.isDegraded, 2000);
    await eventually('free', async () => !(await opened.limiter.admit(aDemand(limits))).degraded, 500);
  });

  it('a call that Redis admitted too late leaves no lease behind', async () => {
    const opened = await limiterWith();
    const limits = { key: { concurrent: 1 } };
    server.pause();
    const late = await opened.limiter.admit(aDemand(limits));
    expect(late.degraded).toBe(true);
    server.resume();
    await eventually('back', async () => !opened.limiter.isDegraded, 2000);
    expect((await eventually('free', () => opened.limiter.admit(aDemand(limits)), 1000)).degraded).toBe(false);
  });

  it('a permit of either limiter is settled where it was taken', async () => {
    const opened = await limiterWith();
    const limits = { key: { concurrent: 1 } };
    server.pause();
    await timed(opened);
    const local = await opened.limiter.admit(aDemand(limits));
    await expect(opened.limiter.admit(aDemand(limits))).rejects.toMatchObject({ code: 'RATE_LIMIT_CONCURRENT', degraded: true });
    opened.limiter.settle(local, 5);
    expect((await opened.limiter.admit(aDemand(limits))).degraded).toBe(true);
    server.resume();
  });

  it('each process has its share among those that were known', async () => {
    const prefix = 'pods:';
    const three = await Promise.all(['a', 'b', 'c'].map((podId) => limiterWith({ prefix, podId })));
    await eventually('all are counted', () => three[0]?.redis.zcard(`${prefix}rl:pods`).then((count) => count === 3));
    const [opened] = three as [OpenLimiter];
    opened.limiter.start(); // learns of the others now instead of with the next heartbeat
    await eventually('known', () => opened.limiter.knownPods === 3);
    await server.stop();
    let admitted = 0;
    while (await opened.limiter.admit(aDemand({ key: { rpm: 60 } })).then(() => true, () => false)) admitted += 1;
    expect(admitted).toBe(20);
    await server.start();
  });

  it('a limit that was reached stays reached', async () => {
    const opened = await limiterWith({ degradeRpm: 0 });
    const calls = (tokens: number) => opened.limiter.admit(aDemand({ key: { rpm: 2, tpm: 1000 } }, { tokens }));
    await calls(600);
    await expect(calls(500)).rejects.toMatchObject({ code: 'RATE_LIMIT_TPM' });
    server.pause();
    await timed(opened);
    await expect(calls(500)).rejects.toMatchObject({ code: 'RATE_LIMIT_TPM' });
    expect((await calls(100)).degraded).toBe(true);
    server.resume();
  });

  it('addresses are still limited', async () => {
    const opened = await limiterWith({ ipRpm: 3 });
    await server.stop();
    for (let i = 0; i < 3; i += 1) await opened.limiter.admitUnauthenticated('203.0.113.7');
    await expect(opened.limiter.admitUnauthenticated('203.0.113.7')).rejects.toMatchObject({ code: 'RATE_LIMIT_RPM', degraded: true });
    await server.start();
  });

  it('a process that starts without Redis serves, and finds it later', async () => {
    await server.stop();
    const redis = openRedis(proxy.url, { role: 'request', name: 'spec' });
    const limiter = new RateLimiter({ redis, prefix: 'late:', ipAuthenticatedRpm: 0, ipRpm: 0, globalRpm: 0, degradeRpm: 120 });
    limiter.start();
    expect((await limiter.admit(aDemand({ key: { rpm: 5 } }))).degraded).toBe(true);
    await server.start();
    await eventually('found', async () => !(await limiter.admit(aDemand({ key: { rpm: 1000 } }))).degraded, 2000);
    limiter.stop();
    redis.disconnect();
  });
});
