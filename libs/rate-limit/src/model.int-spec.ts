import { redisUrl } from '@higress/testing';
import { LimitModel, seeded } from './fixtures/limit-model';
import { openLimiter } from './fixtures/open-limiter';
import { NO_LIMIT, type ResolvedLimits, WINDOWS } from './limits';
import { LocalLimiter } from './local/local-limiter';
import { RateLimitRefusal } from './rate-limit-refusal';
import type { Permit } from './permit';
import type { Scope } from './scope';

const STEPS = 1500;

/** Any of the limits, small, so that each is met often. */
function someLimits(random: () => number): ResolvedLimits {
  const maybe = (most: number) => (random() < 0.5 ? null : Math.floor(random() * most));
  return { ...NO_LIMIT, rpm: maybe(12), tpm: maybe(2000), rpd: maybe(60), tpd: maybe(20_000), concurrent: maybe(6), burst: maybe(5) };
}

const idOf = (scope: Pick<Scope, 'name' | 'countersKey'>) => scope.countersKey.slice(scope.countersKey.indexOf('{'));

describe.each([1, 2, 3, 4])('random calls, seed %d', (seed) => {
  it('are decided by Redis as the model says, to the last token', async () => {
    const random = seeded(seed);
    let now = 1_800_000_000_000;
    const { limiter, close } = await openLimiter(redisUrl(), { nowMs: () => now, ipAuthenticatedRpm: 25, globalRpm: 30, leaseMs: 1e9 });
    const model = new LimitModel();
    const tenants = [0, 1].map((t) => ({ id: `t${t}`, limits: someLimits(random), keys: [0, 1].map((k) => ({ id: `t${t}k${k}`, limits: someLimits(random) })) }));
    const running: { id: string; permit: Permit }[] = [];
    let refused = 0;

    for (let step = 0; step < STEPS; step += 1) {
      const what = random();
      if (what < 0.15 && running.length > 0) {
        const [{ id, permit }] = running.splice(Math.floor(random() * running.length), 1) as [{ id: string; permit: Permit }];
        const tokens = Math.floor(random() * 600);
        if (random() < 0.3) {
          limiter.giveBack(permit);
          model.giveBack(id);
        } else {
          limiter.settle(permit, tokens);
          model.settle(id, tokens);
        }
        continue;
      }
      if (what < 0.4) {
        now += Math.floor(random() * (random() < 0.1 ? 70_000 : 1200));
        continue;
      }
      const tenant = tenants[Math.floor(random() * 2)] as (typeof tenants)[number];
      const key = tenant.keys[Math.floor(random() * 2)] as (typeof tenant.keys)[number];
      const tokens = Math.floor(random() * 500);
      const id = `call-${step}`;
      const expected = model.admit(
        [{ id: 'ip', limits: { ...NO_LIMIT, rpm: 25 } }, key, tenant, { id: 'global', limits: { ...NO_LIMIT, rpm: 30 } }],
        id,
        tokens,
        now,
      );
      const answer = await limiter.admit({ requestId: id, tenant, key, ip: '203.0.113.7', tokens }).catch((error: unknown) => error as RateLimitRefusal);
      if (answer instanceof RateLimitRefusal) {
        refused += 1;
        const names = { ip: 'ip', key: key.id, tenant: tenant.id, global: 'global' };
        expect({ step, scope: names[answer.scope], code: answer.code }).toEqual({ step, scope: expected?.scope, code: `RATE_LIMIT_${expected?.limit.toUpperCase()}` });
      } else {
        expect({ step, expected }).toEqual({ step, expected: null });
        running.push({ id, permit: answer });
      }
      const left = WINDOWS.filter(({ counts, shown }) => shown && counts === 'tokens').flatMap((window) => [key, tenant].flatMap((scope) => (scope.limits[window.name] === null ? [] : [model.remaining(scope, window, now)])));
      if (left.length > 0) expect(left).toContain(answer.view.remainingTokens);
    }
    expect(refused).toBeGreaterThan(100);
    expect(refused).toBeLessThan(STEPS * 0.65);
    await close();
  });

  it('are decided in process as the model says', () => {
    const random = seeded(seed);
    let now = 1_800_000_000_000;
    const limiter = new LocalLimiter({ degradeRpm: 0, pods: () => 1, maxPermitMs: Infinity, nowMs: () => now });
    const model = new LimitModel();
    const scopes: Scope[] = [0, 1, 2, 3].map((i) => ({ name: i < 2 ? 'key' : 'tenant', limits: someLimits(random), countersKey: `{${i}}`, leasesKey: '', tag: '' }));
    const running: { id: string; scopes: Scope[]; atMs: number; tokens: number }[] = [];
    for (let step = 0; step < STEPS; step += 1) {
      const what = random();
      if (what < 0.15 && running.length > 0) {
        const [call] = running.splice(Math.floor(random() * running.length), 1) as [(typeof running)[number]];
        const isBack = random() < 0.3;
        const tokens = isBack ? 0 : Math.floor(random() * 600);
        limiter.settle(call.scopes, call.id, call.atMs, isBack ? -1 : 0, tokens - call.tokens);
        if (isBack) model.giveBack(call.id);
        else model.settle(call.id, tokens);
      } else if (what < 0.4) now += Math.floor(random() * (random() < 0.1 ? 70_000 : 1200));
      else {
        const asked = [scopes[Math.floor(random() * 2)] as Scope, scopes[2 + Math.floor(random() * 2)] as Scope];
        const tokens = Math.floor(random() * 500);
        const id = `call-${step}`;
        const expected = model.admit(asked.map((scope) => ({ id: idOf(scope), limits: scope.limits })), id, tokens, now);
        const { refusedBy } = limiter.decide(asked, id, tokens);
        const limit = refusedBy?.limit;
        expect({ step, refused: refusedBy && { scope: idOf(refusedBy.scope), limit: typeof limit === 'object' ? limit.name : limit } }).toEqual({ step, refused: expected });
        if (!refusedBy) running.push({ id, scopes: asked, atMs: now, tokens });
      }
    }
  });
});
