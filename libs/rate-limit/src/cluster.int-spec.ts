import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { openRedis, type RedisConnection } from '@higress/redis';
import { eventually, startRedisServer, type StoreServer } from '@higress/testing';
import { aDemand } from './fixtures/demand';
import { WINDOWS } from './limits';
import { RateLimiter } from './rate-limiter';
import { RateLimitRefusal } from './rate-limit-refusal';

/** Null where the Redis of this machine knows no cluster mode (the WebAssembly build). */
async function startCluster(): Promise<StoreServer[] | null> {
  const servers: StoreServer[] = [];
  try {
    for (let i = 0; i < 2; i += 1) servers.push(await startRedisServer({ settings: { 'cluster-enabled': 'yes' } }));
    const [one, two] = servers as [StoreServer, StoreServer];
    const admins = servers.map(({ url }) => openRedis(url, { role: 'queue', name: 'admin' }));
    for (const [i, admin] of admins.entries()) await admin.call('CLUSTER', 'ADDSLOTS', ...Array.from({ length: 8192 }, (_, slot) => slot + 8192 * i));
    await admins[1]?.call('CLUSTER', 'SET-CONFIG-EPOCH', 2);
    await admins[0]?.call('CLUSTER', 'MEET', '127.0.0.1', two.port);
    for (const admin of admins) await eventually(`a cluster of ${one.port}`, async () => String(await admin.call('CLUSTER', 'INFO')).includes('cluster_state:ok'), 15_000);
    admins.forEach((admin) => admin.disconnect());
    return servers;
  } catch (error) {
    for (const server of servers) await server.kill();
    if (error instanceof Error && /unknown|unsupported|immutable|disabled/i.test(error.message)) return null;
    throw error;
  }
}

describe('the limiter on a cluster', () => {
  let servers: StoreServer[] | null;
  let redis: RedisConnection;
  const degraded: (Error | undefined)[] = [];

  beforeAll(async () => {
    servers = await startCluster();
    if (!servers) return;
    redis = openRedis(`redis+cluster://${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}`, { role: 'queue', name: 'spec' });
    await once(redis, 'ready');
  }, 40_000);
  afterAll(async () => {
    redis?.disconnect();
    for (const server of servers ?? []) await server.kill();
  });

  const limiterWith = (rates: { ipAuthenticatedRpm?: number; globalRpm?: number } = {}) =>
    new RateLimiter({ redis, prefix: `spec:${randomUUID()}:`, ipAuthenticatedRpm: 0, ipRpm: 0, globalRpm: 0, degradeRpm: 1, onDegraded: (isDegraded, cause) => isDegraded && degraded.push(cause), ...rates });
  const admittedOf = async (calls: Promise<unknown>[]) => (await Promise.all(calls.map((call) => call.catch((error: unknown) => error)))).filter((answer) => !(answer instanceof RateLimitRefusal)).length;

  const keysLike = async (end: string) => (await Promise.all((servers ?? []).map(({ url }) => keysOf(url)))).flat().filter((key) => key.endsWith(end));
  /** Requests of this minute at the only scope whose key ends so. */
  const passed = async (end: string) => (await redis.getBuffer((await keysLike(end))[0] as string))?.readDoubleLE(8 * (3 * WINDOWS.findIndex(({ name }) => name === 'rpm') + 1));

  it('asks each tenant’s slot in the same turn, and keeps all keys of a script in one', async () => {
    if (!servers) return;
    const limiter = limiterWith();
    const limits = { key: { rpm: 3, tpm: 100, concurrent: 3 }, tenant: { rpm: 5, rpd: 100, burst: 50 } };
    const calls = Array.from({ length: 120 }, (_, i) => limiter.admit(aDemand(limits, { tenantId: `tenant-${i % 20}`, keyId: `key-${i % 40}` })));
    expect(await admittedOf(calls)).toBe(20 * 5);
    expect(degraded).toEqual([]);
  });

  it('refunds the address and everybody when a tenant refuses, and the tenant when everybody together is over', async () => {
    if (!servers) return;
    const limiter = limiterWith({ ipAuthenticatedRpm: 50, globalRpm: 8 });
    const call = (tenantId: string, rpm: number) => limiter.admit(aDemand({ tenant: { rpm, concurrent: 100 } }, { tenantId }));
    expect(await admittedOf(Array.from({ length: 20 }, () => call('a', 2)))).toBe(2);
    await eventually('the 18 that were refused took nothing', async () => (await passed('{global}:all:passed')) === 2);
    expect(await admittedOf(Array.from({ length: 6 }, () => call('b', 100)))).toBe(6);
    await expect(call('b', 100)).rejects.toMatchObject({ scope: 'global', code: 'RATE_LIMIT_RPM' });
    await eventually('that one took nothing from its tenant', async () => (await passed('{b}:t:passed')) === 6);
    const leases = (await keysLike('{b}:t:leases'))[0] as string;
    await eventually('nor a lease', async () => (await redis.zcard(leases)) === 6);
    expect(degraded).toEqual([]);
  });

  it('ends calls and renews leases slot by slot', async () => {
    if (!servers) return;
    const limiter = new RateLimiter({ redis, prefix: `spec:${randomUUID()}:`, ipAuthenticatedRpm: 0, ipRpm: 0, globalRpm: 0, degradeRpm: 1, leaseMs: 600 });
    limiter.start();
    const limits = { tenant: { concurrent: 1 } };
    const permits = await Promise.all(['x', 'y', 'z'].map((tenantId) => limiter.admit(aDemand(limits, { tenantId }))));
    await new Promise((resume) => setTimeout(resume, 900)); // longer than a lease lasts that nobody renews
    await expect(limiter.admit(aDemand(limits, { tenantId: 'x' }))).rejects.toMatchObject({ code: 'RATE_LIMIT_CONCURRENT' });
    permits.forEach((permit) => limiter.settle(permit, 0));
    await Promise.all(['x', 'y', 'z'].map((tenantId) => limiter.admit(aDemand(limits, { tenantId }))));
    limiter.stop();
  });
});

async function keysOf(url: string): Promise<string[]> {
  const node = openRedis(url, { role: 'queue', name: 'spec' });
  const keys = await node.keys('*');
  node.disconnect();
  return keys;
}
