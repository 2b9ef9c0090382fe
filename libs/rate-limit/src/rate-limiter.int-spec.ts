import { eventually, redisUrl } from '@higress/testing';
import { aDemand } from './fixtures/demand';
import { type OpenLimiter, openLimiter } from './fixtures/open-limiter';
import { WINDOWS } from './limits';
import type { Permit } from './permit';
import { RateLimitRefusal } from './rate-limit-refusal';
import type { RateLimiterOptions } from './rate-limiter';
import type { AdmitDemand } from './scope';

/** Where the counters of a scope say what passed in the present window, in bytes. */
const placeOf = (window: string) => 8 * (3 * WINDOWS.findIndex(({ name }) => name === window) + 1);

describe('the limiter on Redis', () => {
  const MINUTE = 60_000;
  let now = 1_800_000_000_000; // the start of a minute and not of a day
  const open: OpenLimiter[] = [];
  const limiterWith = async (options: Partial<RateLimiterOptions> = {}) => {
    const opened = await openLimiter(redisUrl(), { nowMs: () => now, ...options });
    open.push(opened);
    return opened;
  };
  const attempt = (opened: OpenLimiter, demand: AdmitDemand): Promise<Permit | RateLimitRefusal> => opened.limiter.admit(demand).catch((error: RateLimitRefusal) => error);
  const refusal = async (opened: OpenLimiter, demand: AdmitDemand) => {
    const answer = await attempt(opened, demand);
    if (!(answer instanceof RateLimitRefusal)) throw new Error('was admitted');
    return answer;
  };

  const passed = async ({ redis }: OpenLimiter, counters: string, window: string) => (await redis.getBuffer(counters))?.readDoubleLE(placeOf(window));
  const setPassed = async ({ redis }: OpenLimiter, counters: string, window: string, count: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(count);
    await redis.setrange(counters, placeOf(window), bytes);
  };

  beforeEach(() => (now += 10 * MINUTE - (now % MINUTE)));
  afterEach(async () => {
    for (const opened of open.splice(0)) await opened.close();
  });

  it('admits the limit, then says which limit, whose, and how long to wait', async () => {
    const opened = await limiterWith();
    now += 12_000;
    const demand = () => aDemand({ key: { rpm: 3 } });
    const permits = await Promise.all([demand(), demand(), demand()].map((d) => opened.limiter.admit(d)));
    expect(permits.map(({ view }) => view.remainingRequests)).toEqual([2, 1, 0]);
    const refused = await refusal(opened, demand());
    // 48 s to the next minute, then a third of it until one of the three has faded.
    expect(refused).toMatchObject({ code: 'RATE_LIMIT_RPM', http: 429, scope: 'key', degraded: false, retryAfterMs: 68_000 });
    expect(refused.message).toBe('Rate limit reached for key: 3 requests per minute. Try again in 68 s.');
    expect(refused.view).toMatchObject({ limitRequests: 3, remainingRequests: 0, resetRequestsMs: 68_000, tightest: { limit: 3, remaining: 0, resetAtUnixSeconds: (now + 68_000) / 1000 } });
    now += 67_999;
    await refusal(opened, demand());
    now += 1;
    await opened.limiter.admit(demand());
  });

  it.each([
    [{ rpm: 1 }, 'RATE_LIMIT_RPM', '1 requests per minute'],
    [{ rpd: 1 }, 'RATE_LIMIT_RPD', '1 requests per day'],
    [{ tpm: 150 }, 'RATE_LIMIT_TPM', '150 tokens per minute'],
    [{ tpd: 150 }, 'RATE_LIMIT_TPD', '150 tokens per day'],
    [{ burst: 1 }, 'RATE_LIMIT_BURST', '1 requests per second'],
    [{ concurrent: 1 }, 'RATE_LIMIT_CONCURRENT', '1 requests at the same time'],
  ])('refuses over %j as %s', async (limits, code, text) => {
    const opened = await limiterWith();
    await opened.limiter.admit(aDemand({ tenant: limits }, { tokens: 100 }));
    const refused = await refusal(opened, aDemand({ tenant: limits }, { tokens: 100 }));
    expect(refused).toMatchObject({ code, scope: 'tenant', message: expect.stringContaining(`for tenant: ${text}. Try again in`) });
    expect(refused.retryAfterMs).toBeGreaterThan(0);
    await opened.limiter.admit(aDemand({ tenant: limits }, { tokens: 100, tenantId: 'another' }));
  });

  it('lets the first scope that is over refuse: address, key, tenant, everybody', async () => {
    const opened = await limiterWith({ ipAuthenticatedRpm: 4, globalRpm: 1 });
    const limits = { key: { rpm: 3 }, tenant: { rpm: 2 } };
    await opened.limiter.admit(aDemand(limits));
    const next = async (about: Parameters<typeof aDemand>[1]) => (await refusal(opened, aDemand(limits, about))).scope;
    expect(await next({})).toBe('global');
    const wider = await limiterWith({ ipAuthenticatedRpm: 4, globalRpm: 100, prefix: opened.prefix });
    await wider.limiter.admit(aDemand(limits));
    expect((await refusal(wider, aDemand(limits))).scope).toBe('tenant');
    await wider.limiter.admit(aDemand({ ...limits, tenant: {} }));
    expect((await refusal(wider, aDemand(limits))).scope).toBe('key');
    await wider.limiter.admit(aDemand());
    expect((await refusal(wider, aDemand(limits))).scope).toBe('ip');
  });

  it('takes every second call of one tick into account', async () => {
    const opened = await limiterWith();
    const answers = await Promise.all(Array.from({ length: 700 }, () => attempt(opened, aDemand({ key: { rpm: 333 } }))));
    expect(answers.filter((answer) => !(answer instanceof RateLimitRefusal))).toHaveLength(333);
  });

  it('judges calls of one turn by the newest limits, and each hears of those alone', async () => {
    const opened = await limiterWith();
    const first = opened.limiter.admit(aDemand({ key: { rpm: 5, tpd: 900 }, tenant: { rpm: 9 } }, { tokens: 10 }));
    const second = opened.limiter.admit(aDemand({ key: { rpm: 2 }, tenant: { rpm: 9 } }, { tokens: 10 }));
    expect((await Promise.all([first, second])).map(({ view }) => [view.limitRequests, view.remainingRequests, view.limitTokens])).toEqual([[2, 1, null], [2, 0, null]]);
    expect((await refusal(opened, aDemand({ key: { rpm: 2 } }))).message).toContain('2 requests per minute');
  });

  it('says that a call which alone exceeds its limit need not wait', async () => {
    const opened = await limiterWith();
    const refused = await refusal(opened, aDemand({ key: { tpm: 1000 } }, { tokens: 1001 }));
    expect(refused).toMatchObject({ code: 'RATE_LIMIT_TPM', retryAfterMs: undefined });
    expect(refused.message).toContain('needs 1001 tokens, more than the limit of its key (1000 tokens per minute): it can never be admitted');
    await opened.limiter.admit(aDemand({ key: { tpm: 1000 } }, { tokens: 1000 }));
  });

  it('corrects tokens in the minute in which they were reserved, and not in an older one', async () => {
    const opened = await limiterWith();
    const limits = { key: { tpm: 1000 } };
    const used = async () => 1000 - ((await opened.limiter.admit(aDemand(limits))).view.remainingTokens ?? NaN);
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => opened.limiter.admit(aDemand(limits, { tokens: 300 }))));
    opened.limiter.settle(first as Permit, 100);
    expect(await used()).toBe(700);
    now += MINUTE;
    opened.limiter.settle(second as Permit, 200);
    expect(await used()).toBe(600);
    now += MINUTE;
    opened.limiter.settle(third as Permit, 0);
    expect(await used()).toBe(0);
  });

  it('adds what a call used beyond its estimate, and never falls below zero', async () => {
    const opened = await limiterWith();
    const limits = { key: { tpm: 1000 }, tenant: { tpm: 1000, tpd: 5000 } };
    const permit = await opened.limiter.admit(aDemand(limits, { tokens: 100 }));
    opened.limiter.settle(permit, 1500);
    opened.limiter.settle(permit, 0); // a second end does nothing
    expect(await refusal(opened, aDemand(limits, { tokens: 1 }))).toMatchObject({ code: 'RATE_LIMIT_TPM', scope: 'key' });
    const counters = `${opened.prefix}rl:{tenant}:t:passed`;
    expect(await passed(opened, counters, 'tpm')).toBe(1500);
    expect(await passed(opened, counters, 'tpd')).toBe(1500);
    await setPassed(opened, counters, 'tpm', 50);
    const late = await opened.limiter.admit(aDemand({ tenant: limits.tenant }, { tokens: 200 }));
    await setPassed(opened, counters, 'tpm', 50);
    opened.limiter.giveBack(late);
    await eventually('given back', async () => (await passed(opened, counters, 'tpm')) === 0);
  });

  it('gives a whole admission back', async () => {
    const opened = await limiterWith({ globalRpm: 1, ipAuthenticatedRpm: 1 });
    const limits = { key: { rpm: 1, tpm: 10, burst: 1, concurrent: 1 }, tenant: { rpd: 1, tpd: 10 } };
    for (let i = 0; i < 5; i += 1) opened.limiter.giveBack(await opened.limiter.admit(aDemand(limits, { tokens: 10 })));
    await opened.limiter.admit(aDemand(limits, { tokens: 10 }));
    await refusal(opened, aDemand(limits, { tokens: 10 }));
  });

  it('frees the lease of a call that ends, once', async () => {
    const opened = await limiterWith();
    const limits = { key: { concurrent: 2 } };
    const one = await opened.limiter.admit(aDemand(limits));
    await opened.limiter.admit(aDemand(limits));
    await refusal(opened, aDemand(limits));
    opened.limiter.settle(one, 0);
    opened.limiter.settle(one, 0);
    await opened.limiter.admit(aDemand(limits));
    await refusal(opened, aDemand(limits));
  });

  it('keeps the lease of a call that runs, and frees that of a permit which nobody ends', async () => {
    const opened = await limiterWith({ nowMs: undefined, leaseMs: 300, maxPermitMs: 900 });
    opened.limiter.start();
    const limits = { key: { concurrent: 1 } };
    await opened.limiter.admit(aDemand(limits));
    const began = performance.now();
    await eventually('freed', () => opened.limiter.admit(aDemand(limits)));
    expect(performance.now() - began).toBeGreaterThan(800);
  });

  it('takes any number for an estimate', async () => {
    const opened = await limiterWith();
    const limits = { key: { tpm: 1000 } };
    const left = async (tokens: number) => (await opened.limiter.admit(aDemand(limits, { tokens }))).view.remainingTokens;
    expect([await left(NaN), await left(-5), await left(0.5)]).toEqual([1000, 1000, 999]);
    await expect(left(Infinity)).rejects.toMatchObject({ code: 'RATE_LIMIT_TPM', retryAfterMs: undefined });
    expect(opened.limiter.isDegraded).toBe(false);
  });

  it('touches nothing in Redis for a caller without limits', async () => {
    const opened = await limiterWith();
    const permit = await opened.limiter.admit(aDemand({}, { tokens: 1_000_000 }));
    opened.limiter.settle(permit, 5);
    expect(permit.view.tightest).toBeNull();
    expect(await opened.redis.keys(`${opened.prefix}*`)).toEqual([]);
  });

  it('lets every key that it makes expire', async () => {
    const opened = await limiterWith({ ipRpm: 5, ipAuthenticatedRpm: 5, globalRpm: 5, nowMs: undefined });
    opened.limiter.start();
    await opened.limiter.admit(aDemand({ key: { rpm: 5, concurrent: 5 }, tenant: { tpd: 5, burst: 5 } }));
    await opened.limiter.admitUnauthenticated('203.0.113.7');
    const keys: string[] = await eventually('all keys', async () => {
      const found = await opened.redis.keys(`${opened.prefix}*`);
      return found.length === 7 ? found : null;
    });
    for (const key of keys) expect(await opened.redis.pttl(key)).toBeGreaterThan(0);
    expect(await opened.redis.pttl(`${opened.prefix}rl:{tenant}:k:key:passed`)).toBeLessThanOrEqual(2 * MINUTE);
  });

  it('goes on after SCRIPT FLUSH as if nothing had happened', async () => {
    const opened = await limiterWith();
    const limits = { key: { rpm: 4, concurrent: 4 } };
    const permit = await opened.limiter.admit(aDemand(limits));
    await opened.redis.script('FLUSH');
    opened.limiter.settle(permit, 0);
    const answers = await Promise.all(Array.from({ length: 5 }, () => attempt(opened, aDemand(limits))));
    expect(answers.map((answer) => answer instanceof RateLimitRefusal)).toEqual([false, false, false, true, true]);
    expect(opened.limiter.isDegraded).toBe(false);
  });

  it('survives a clock that is set back, without admitting more', async () => {
    const opened = await limiterWith();
    const limits = { key: { rpm: 2, burst: 2 } };
    await opened.limiter.admit(aDemand(limits));
    now -= 5000;
    await opened.limiter.admit(aDemand(limits));
    await refusal(opened, aDemand(limits));
  });

  describe('calls without valid authentication', () => {
    it('are counted by address, an IPv6 one by its /64, until they are refunded', async () => {
      const { limiter } = await limiterWith({ ipRpm: 2 });
      await limiter.admitUnauthenticated('2001:db8::1');
      await limiter.admitUnauthenticated('2001:db8::2');
      limiter.refundUnauthenticated('2001:db8::2');
      await limiter.admitUnauthenticated('2001:db8::3');
      await expect(limiter.admitUnauthenticated('2001:db8::4')).rejects.toMatchObject({ code: 'RATE_LIMIT_RPM', scope: 'ip', message: expect.stringContaining('for address: 2 requests per minute') });
      await expect(limiter.admitUnauthenticated('2001:db8::5')).rejects.toMatchObject({ code: 'RATE_LIMIT_RPM' });
      await limiter.admitUnauthenticated('2001:db8:0:1::1');
    });

    it('are not limited where the setting is 0', async () => {
      const { limiter } = await limiterWith();
      for (let i = 0; i < 50; i += 1) await limiter.admitUnauthenticated('203.0.113.7');
      limiter.refundUnauthenticated('203.0.113.7');
    });
  });
});
