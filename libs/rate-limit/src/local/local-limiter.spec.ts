import { NO_LIMIT, type ResolvedLimits } from '../limits';
import type { Scope, ScopeName } from '../scope';
import { LocalLimiter } from './local-limiter';

let now = 1_800_000_000_000;
let pods = 1;
const limiterWith = (degradeRpm: number) => new LocalLimiter({ degradeRpm, pods: () => pods, maxPermitMs: 5000, nowMs: () => now });
const scope = (name: ScopeName, limits: Partial<ResolvedLimits>): Scope => ({ name, limits: { ...NO_LIMIT, ...limits }, countersKey: name, leasesKey: `${name}:leases`, tag: 't' });

/** How many of `tries` calls it lets in. */
function admitted(limiter: LocalLimiter, scopes: Scope[], tries: number, tokens = 0): number {
  return Array.from({ length: tries }, (_, i) => limiter.decide(scopes, `${i}`, tokens)).filter((decision) => !decision.refusedBy).length;
}

describe('the in-process limiter', () => {
  beforeEach(() => {
    now += 600_000;
    pods = 1;
  });

  it('gives a key the smaller of its share and the bound for one process', () => {
    pods = 3;
    expect(admitted(limiterWith(120), [scope('key', { rpm: 90 })], 200)).toBe(30);
    expect(admitted(limiterWith(120), [scope('key', { rpm: 900 })], 200)).toBe(120);
    expect(admitted(limiterWith(0), [scope('key', { rpm: 900 })], 400)).toBe(300);
  });

  it('bounds a tenant only where it calls without a key', () => {
    expect(admitted(limiterWith(5), [scope('tenant', { rpm: 50 })], 100)).toBe(5);
    expect(admitted(limiterWith(5), [scope('key', { tpm: 1 }), scope('tenant', { rpm: 50 })], 100)).toBe(50);
  });

  it('shares tokens and running requests too, and leaves what is unlimited unlimited', () => {
    pods = 4;
    expect(admitted(limiterWith(120), [scope('key', { tpm: 4000 })], 30, 100)).toBe(10);
    expect(admitted(limiterWith(120), [scope('key', { concurrent: 8 })], 30)).toBe(2);
    expect(admitted(limiterWith(120), [scope('key', { concurrent: 2 })], 30)).toBe(1);
    expect(admitted(limiterWith(120), [scope('key', { rpd: 1000 })], 1000)).toBe(250);
    expect(admitted(limiterWith(120), [scope('key', { rpm: 0 })], 3)).toBe(0);
  });

  it('takes nothing from any scope for a call that one of them refuses', () => {
    const limiter = limiterWith(0);
    const [key, tenant] = [scope('key', { rpm: 10 }), scope('tenant', { rpm: 3 })];
    expect(admitted(limiter, [key, tenant], 8)).toBe(3);
    expect(admitted(limiter, [key], 20)).toBe(7);
  });

  it('forgets a running request that never ended', () => {
    const limiter = limiterWith(0);
    const key = scope('key', { concurrent: 1 });
    expect(admitted(limiter, [key], 2)).toBe(1);
    now += 5001;
    expect(admitted(limiter, [key], 2)).toBe(1);
  });

  it('stays small however many scopes come', () => {
    const limiter = limiterWith(0);
    for (let i = 0; i < 30_000; i += 1) limiter.decide([{ ...scope('key', { rpm: 1 }), countersKey: `k${i}` }], '', 0);
    expect(limiter.size).toBeLessThanOrEqual(20_000);
  });
});
