import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { openRedis, type RedisConnection } from '@higress/redis';
import { eventually, redisUrl } from '@higress/testing';
import { compileContender, type Contender, startContender } from './fixtures/contenders';
import type { ContenderOrders } from './fixtures/contender';
import { NO_LIMIT } from './limits';

describe('three processes with 64 clients', () => {
  let program: string;
  let redis: RedisConnection;
  const started: Contender[] = [];

  const start = async (orders: Partial<ContenderOrders> & Pick<ContenderOrders, 'limits'>) => {
    const all = { url: redisUrl(), prefix: `spec:${randomUUID()}:`, clients: 64, refusals: 5, calls: 1_000_000, hold: false, leaseMs: 30_000, ...orders };
    const three = await Promise.all([22, 21, 21].map((clients) => startContender(program, { ...all, clients })));
    started.push(...three);
    return { three, prefix: all.prefix };
  };
  /** Calls that were admitted by each. */
  const run = async (three: Contender[]): Promise<number[]> => {
    three.forEach(({ begin }) => begin());
    return Promise.all(three.map(async ({ line }) => Number(await line())));
  };
  const minute = async () => Math.floor(Number((await redis.time())[0]) / 60);
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

  beforeAll(async () => {
    program = compileContender();
    redis = openRedis(redisUrl(), { role: 'queue', name: 'spec' });
    await once(redis, 'ready');
  }, 30_000);
  afterEach(async () => {
    for (const { process: child } of started.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });
  afterAll(() => redis.disconnect());

  it('are let in exactly as often as a minute allows, and not once more', async () => {
    for (;;) {
      const { three } = await start({ limits: { ...NO_LIMIT, rpm: 2000, tpm: 1_000_000 } });
      const before = await minute();
      const admitted = sum(await run(three));
      if ((await minute()) !== before) continue; // it turned meanwhile, which lets a few more in
      expect(admitted).toBe(2000);
      return;
    }
  }, 60_000);

  it('never run more calls at the same time than allowed', async () => {
    const { three, prefix } = await start({ limits: { ...NO_LIMIT, concurrent: 10 }, refusals: 1000, calls: 100 });
    let most = 0;
    const watching = setInterval(() => void redis.zcard(`${prefix}rl:{t}:k:k:leases`).then((running) => (most = Math.max(most, running))), 2);
    const admitted = sum(await run(three));
    clearInterval(watching);
    expect(admitted).toBeGreaterThan(100);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(10);
    await eventually('all are freed', async () => (await redis.zcard(`${prefix}rl:{t}:k:k:leases`)) === 0);
  }, 60_000);

  it('keep the leases of what runs, and lose those of a process that was killed', async () => {
    const { three, prefix } = await start({ limits: { ...NO_LIMIT, concurrent: 30 }, hold: true, refusals: 1, leaseMs: 1500 });
    const leases = async () => (await redis.zrangebyscore(`${prefix}rl:{t}:k:k:leases`, Date.now(), '+inf')).map((id) => Number(id.split('-')[0]));
    expect(sum(await run(three))).toBe(30);
    const [someone] = await leases();
    const victim = three.find(({ process: { pid } }) => pid === someone) as Contender;
    const ofVictim = async () => (await leases()).filter((pid) => pid === someone).length;
    const held = await ofVictim();
    victim.process.kill('SIGKILL');
    await eventually('its leases have lapsed', async () => (await ofVictim()) === 0);
    expect((await leases()).length).toBe(30 - held);

    const { three: heirs } = await start({ prefix, limits: { ...NO_LIMIT, concurrent: 30 }, hold: true, refusals: 1, leaseMs: 1500 });
    expect(sum(await run(heirs))).toBe(held);
  }, 30_000);
});
