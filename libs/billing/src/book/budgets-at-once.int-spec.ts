import { anAnswer } from '../fixtures/a-call';
import { aCall, budgetedBook, codeOf, daily } from '../fixtures/budgeted-book';
import { aSeed } from '../fixtures/chance';

const its = budgetedBook();
const { aKey, aTenant, used } = its;

describe('64 callers at the same time on three pods', () => {
  it.each([
    ['requests', 20n, 'QUOTA_DAILY_EXCEEDED'],
    ['tokens', 2_099n, 'QUOTA_DAILY_EXCEEDED'],
    ['usd', 209n, 'BUDGET_EXCEEDED'],
  ] as const)('with a budget in %s get exactly 20 of 200 calls through, of one key and of its tenant alike', async (unit, cap, code) => {
    const ofTenant = await aTenant([daily(unit, cap)]);
    const plain = await its.book.tenant('postpaid');
    const keyId = await aKey(plain, [daily(unit, cap)]);
    const pods = [its.book.pod(), its.book.pod(), its.book.pod()];
    for (const make of [() => aCall(ofTenant), () => aCall(plain, { keyId })]) {
      let calls = 0;
      const codes: string[] = [];
      const caller = async (pod: (typeof pods)[number]) => {
        while (calls++ < 200) codes.push(await codeOf(pod.holds.place(make())));
      };
      await Promise.all(Array.from({ length: 64 }, (_, i) => caller(pods[i % 3] as (typeof pods)[number])));
      expect(codes.filter((verdict) => verdict === 'held')).toHaveLength(20);
      expect(new Set(codes)).toEqual(new Set(['held', code]));
    }
  }, 30_000);

  it('that end as fast as they come never use more than the budget, whatever each used', async () => {
    const tenantId = await aTenant([daily('usd', 1_000n), daily('requests', 1_000n)]);
    const pods = [its.book.pod(), its.book.pod(), its.book.pod()];
    let [spent, answered] = [0n, 0n];
    const caller = async (seed: number) => {
      const chance = aSeed(seed);
      const pod = pods[seed % 3] as (typeof pods)[number];
      for (let calls = 0; calls < 12; calls++) {
        const draft = aCall(tenantId, { nano: 20n });
        if ((await codeOf(pod.holds.place(draft))) !== 'held') continue;
        if (chance.below(4) === 0) {
          await pod.settler.release(draft, { status: 502, errorCode: 'UPSTREAM_ERROR', attempts: 1 });
          continue;
        }
        const cost = BigInt(chance.below(21));
        spent += cost;
        answered += 1n;
        await pod.settler.settle(anAnswer(draft, cost));
      }
    };
    await Promise.all(Array.from({ length: 64 }, (_, seed) => caller(seed + 1)));
    await Promise.all(pods.map((pod) => pod.idle()));
    expect(spent).toBeLessThanOrEqual(1_000n);
    expect(await used(tenantId)).toEqual([`requests ${answered}+0`, `usd ${spent}+0`]);
    expect(await its.book.rows('select from holds where tenant_id = $1', [tenantId])).toEqual([]);
  }, 30_000);
});

describe('holds, settles, lapses and turns of many tenants and keys in any order', () => {
  it('leave every budget with what its running calls hold and its ended ones used, and never deadlock', async () => {
    const owners = await Promise.all(Array.from({ length: 6 }, async () => {
      const tenantId = await aTenant([daily('usd', 100_000n), daily('requests', 2_000n)], 'prepaid', 1_000_000n);
      return { tenantId, keys: await Promise.all([1, 2].map(() => aKey(tenantId, [daily('tokens', 1_000_000n)]))) };
    }));
    const pods = [its.book.pod({ prolongMs: 15 }), its.book.pod({ prolongMs: 15 }), its.book.pod({ prolongMs: 15 })];
    const end = performance.now() + 1_500;
    const run = async (seed: number) => {
      const chance = aSeed(seed);
      const pod = pods[seed % 3] as (typeof pods)[number];
      while (performance.now() < end) {
        const { tenantId, keys } = owners[chance.below(owners.length)] as (typeof owners)[number];
        const draft = aCall(tenantId, { nano: BigInt(chance.below(50)), tokens: chance.below(90), billing: 'prepaid', keyId: keys[chance.below(2)] });
        await pod.holds.place(draft).catch(() => undefined);
        if (chance.below(25) === 0) await its.book.rows("select billing_reap(500, '0 s')");
        if (chance.below(25) === 0) await its.book.rows("update holds set expires_at = now() - interval '1 s' where request_id = $1", [draft.call.requestId]);
        if (chance.below(30) === 0) await its.budgets.replace({ tenantId, keyId: null }, [daily('usd', 100_000n + BigInt(chance.below(9))), daily('requests', 2_000n)]);
        if (chance.below(8) !== 0) await pod.settler.settle(anAnswer(draft, BigInt(chance.below(40))));
        if (chance.below(10) === 0) await pod.settler.settle(anAnswer(draft, 7n));
      }
    };
    await Promise.all(Array.from({ length: 32 }, (_, seed) => run(seed + 1)));
    await Promise.all(pods.map((pod) => pod.idle()));
    expect(await its.book.rows('select deadlocks from pg_stat_database where datname = current_database()')).toEqual([{ deadlocks: '0' }]);
    // Nobody prolongs what was left running any more.
    await Promise.all(pods.map((pod) => pod.stop(1_000)));
    while ((await its.book.reapAll()).lapsed > 0);
    for (const { tenantId } of owners) {
      const [row] = await its.book.rows<{ nano: string }>('select coalesce(sum(cost_nano), 0)::bigint as nano from usage_records where tenant_id = $1', [tenantId]);
      expect((await used(tenantId))[1]).toBe(`usd ${row?.nano}+0`);
    }
  }, 30_000);
});
