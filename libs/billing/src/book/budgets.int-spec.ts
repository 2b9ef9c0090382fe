import { type BillingMode, type Budget, DomainError, uuidv7 } from '@higress/kernel';
import { eventually, faultProxy, freshDatabase } from '@higress/testing';
import { Pool } from 'pg';
import { type Book, openBook, SILENT } from '../fixtures/a-book';
import { aHold, anAnswer } from '../fixtures/a-call';
import { aSeed } from '../fixtures/chance';
import { encodeHold, encodeProgress } from '../hold/encode-hold';
import type { HoldDraft } from '../hold/hold-draft';
import { encodeSettle } from '../settle/encode-settle';
import type { SettleRecord } from '../settle/settle-record';
import { Budgets } from './budgets.repository';
import { Reconciler } from './reconciler';

let book: Book;
let budgets: Budgets;
beforeAll(async () => {
  book = openBook(await freshDatabase());
  budgets = new Budgets(book.pool);
});
afterEach(async () => expect(await book.differences()).toEqual([]));
afterAll(() => book.close());

const daily = (unit: Budget['unit'], cap: bigint): Budget => ({ period: 'daily', unit, cap });
/** A tenant with budgets of its own. */
const aTenant = async (wanted: readonly Budget[], billing: BillingMode = 'postpaid', creditNanoUsd = 0n) => {
  const tenantId = await book.tenant(billing, creditNanoUsd);
  await budgets.replace({ tenantId, keyId: null }, wanted);
  return tenantId;
};
const aKey = async (tenantId: string, wanted: readonly Budget[]) => {
  const keyId = uuidv7();
  await book.rows("insert into api_keys (id, tenant_id, name, prefix) values ($1, $2, 'k', 'k')", [keyId, tenantId]);
  await budgets.replace({ tenantId, keyId }, wanted);
  return keyId;
};
/** A call that may use so much of budgets. */
const aCall = (tenantId: string, { nano = 10n, tokens = 100, billing = 'postpaid' as BillingMode, keyId = uuidv7() } = {}): HoldDraft => {
  const hold = aHold(tenantId, billing === 'internal' ? 0n : nano, billing);
  return { ...hold, call: { ...hold.call, keyId }, budget: { amountNanoUsd: nano, tokens } };
};
const used = async (tenantId: string, keyId: string | null = null) => (await budgets.of({ tenantId, keyId })).map(({ unit, spent, held }) => `${unit} ${spent}+${held}`);
const hold = async (...drafts: HoldDraft[]) => (await book.rows<{ verdicts: string }>('select billing_hold($1) as verdicts', [`[${drafts.map(encodeHold).join()}]`]))[0]?.verdicts;
const settle = (...records: SettleRecord[]) => book.rows('select * from billing_settle($1)', [`[${records.map(encodeSettle).join()}]`]);
const codeOf = (placed: Promise<void>) => placed.then(() => 'held', (error: unknown) => (error instanceof DomainError ? error.code : String(error)));

describe('64 callers at the same time on three pods', () => {
  it.each([
    ['requests', 20n, 'QUOTA_DAILY_EXCEEDED'],
    ['tokens', 2_099n, 'QUOTA_DAILY_EXCEEDED'],
    ['usd', 209n, 'BUDGET_EXCEEDED'],
  ] as const)('with a budget in %s get exactly 20 of 200 calls through, of one key and of its tenant alike', async (unit, cap, code) => {
    const ofTenant = await aTenant([daily(unit, cap)]);
    const plain = await book.tenant('postpaid');
    const keyId = await aKey(plain, [daily(unit, cap)]);
    const pods = [book.pod(), book.pod(), book.pod()];
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
    const pods = [book.pod(), book.pod(), book.pod()];
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
    expect(await book.rows('select from holds where tenant_id = $1', [tenantId])).toEqual([]);
  }, 30_000);
});

describe('a budget', () => {
  it('is decided in order of arrival, and a small call fits where a large one does not', async () => {
    const tenantId = await aTenant([daily('tokens', 10n)]);
    expect(await hold(...[6, 5, 4, 1].map((tokens) => aCall(tenantId, { tokens })))).toBe('hQhQ');
  });

  it('is used up for one unit alone, or for the key alone', async () => {
    const tenantId = await aTenant([daily('requests', 3n)]);
    const keyId = await aKey(tenantId, [{ period: 'weekly', unit: 'usd', cap: 25n }]);
    const calls = [aCall(tenantId, { keyId }), aCall(tenantId, { keyId }), aCall(tenantId, { keyId }), aCall(tenantId), aCall(tenantId)];
    expect(await hold(...calls)).toBe('hhBhU');
    // What the key's budget refused took nothing of the tenant's.
    expect(await used(tenantId)).toEqual(['requests 0+3']);
    expect(await used(tenantId, keyId)).toEqual(['usd 0+20']);
  });

  it('refuses by its name', async () => {
    const pod = book.pod();
    const refusal = async (period: Budget['period'], unit: Budget['unit']) => {
      const tenantId = await aTenant([{ period, unit, cap: 0n }]);
      return pod.holds.place(aCall(tenantId)).then(() => null, (error: DomainError) => ({ code: error.code, http: error.http, message: error.message }));
    };
    expect(await refusal('monthly', 'tokens')).toEqual({ code: 'QUOTA_MONTHLY_EXCEEDED', http: 403, message: expect.stringMatching(/^The monthly budget of this tenant in tokens does not cover this call\. It begins anew at \d{4}-\d\d-01T00:00:00\.000Z\.$/) });
    expect(await refusal('daily', 'requests')).toMatchObject({ code: 'QUOTA_DAILY_EXCEEDED' });
    expect(await refusal('weekly', 'requests')).toMatchObject({ code: 'BUDGET_EXCEEDED' });
    expect(await refusal('total', 'usd')).toMatchObject({ code: 'BUDGET_EXCEEDED', message: 'The total budget of this tenant in USD does not cover this call.' });
  });

  it('and the balance take nothing when the other one refuses', async () => {
    const poor = await aTenant([daily('usd', 1_000n)], 'prepaid', 10n);
    expect(await hold(aCall(poor, { billing: 'prepaid' }), aCall(poor, { billing: 'prepaid' }))).toBe('hb');
    expect([await used(poor), await book.account(poor)]).toEqual([['usd 0+10'], { posted: 10n, held: 10n }]);
    const thrifty = await aTenant([daily('usd', 10n)], 'prepaid', 1_000n);
    expect(await hold(aCall(thrifty, { billing: 'prepaid' }), aCall(thrifty, { billing: 'prepaid' }))).toBe('hM');
    expect([await used(thrifty), await book.account(thrifty)]).toEqual([['usd 0+10'], { posted: 1_000n, held: 10n }]);
  });

  it('begins anew at the turn of its period, while a call runs across it and ends in the old one', async () => {
    const tenantId = await aTenant([daily('requests', 2n), { period: 'monthly', unit: 'requests', cap: 100n }]);
    const [first, across] = [aCall(tenantId), aCall(tenantId)];
    expect(await hold(first, across, aCall(tenantId))).toBe('hhU');
    await settle(anAnswer(first, 1n));
    await book.rows("update budgets set period_start = period_start - interval '1 day' where owner_id = $1 and period = 'daily'", [tenantId]);
    await book.rows("update budget_holds h set period_start = b.period_start from budgets b where b.id = h.budget_id and b.owner_id = $1", [tenantId]);
    expect(await used(tenantId)).toEqual(['requests 0+0', 'requests 1+1']);
    expect(await hold(aCall(tenantId), aCall(tenantId), aCall(tenantId))).toBe('hhU');
    await settle(anAnswer(across, 1n));
    expect(await used(tenantId)).toEqual(['requests 0+2', 'requests 2+2']);
  });

  it('does not give a period twice when the clock is set back', async () => {
    const tenantId = await aTenant([daily('requests', 1n)]);
    expect(await hold(aCall(tenantId))).toBe('h');
    await book.rows("update budgets set period_start = period_start + interval '1 day' where owner_id = $1", [tenantId]);
    await book.rows("update budget_holds h set period_start = b.period_start from budgets b where b.id = h.budget_id and b.owner_id = $1", [tenantId]);
    expect(await hold(aCall(tenantId))).toBe('U');
  });

  it('counts what was used instead of what was held, once', async () => {
    const tenantId = await aTenant([daily('usd', 1_000n), daily('tokens', 1_000n), daily('requests', 10n)]);
    const [one, other] = [aCall(tenantId), aCall(tenantId)];
    await hold(one, other);
    expect(await used(tenantId)).toEqual(['requests 0+2', 'tokens 0+200', 'usd 0+20']);
    for (let again = 0; again < 3; again++) await settle(anAnswer(one, 7n), anAnswer(one, 9n));
    expect(await used(tenantId)).toEqual(['requests 1+1', 'tokens 46+100', 'usd 7+10']);
    await settle({ ...anAnswer(other, 0n), answered: false, usage: { ...anAnswer(other, 0n).usage, inputTokens: 0, outputTokens: 0 } });
    expect(await used(tenantId)).toEqual(['requests 1+0', 'tokens 46+0', 'usd 7+0']);
  });

  it('counts at price what an internal tenant is not charged for', async () => {
    const tenantId = await aTenant([daily('usd', 15n)], 'internal');
    const call = aCall(tenantId, { billing: 'internal' });
    expect(await hold(call, aCall(tenantId, { billing: 'internal' }))).toBe('hM');
    await settle(anAnswer(call, 4n));
    expect([await used(tenantId), await book.charges(call.call.requestId)]).toEqual([['usd 4+0'], []]);
  });

  it('counts a call that lapsed at its last progress, and is corrected when its settle comes after all', async () => {
    const tenantId = await aTenant([daily('usd', 1_000n), daily('tokens', 1_000n), daily('requests', 10n)]);
    const [known, unknown] = [aCall(tenantId), aCall(tenantId)];
    await hold(known, unknown);
    await book.rows('select billing_progress($1)', [`[${encodeProgress(known.call.requestId, { usage: anAnswer(known, 0n).usage, costNanoUsd: 6n })}]`]);
    await book.reapAll();
    expect(await used(tenantId)).toEqual(['requests 1+0', 'tokens 46+0', 'usd 6+0']);
    await settle(anAnswer(known, 9n));
    await settle(anAnswer(unknown, 2n), anAnswer(known, 9n));
    expect(await used(tenantId)).toEqual(['requests 2+0', 'tokens 92+0', 'usd 11+0']);
    expect(await book.rows('select from budget_holds h join budgets b on b.id = h.budget_id where b.owner_id = $1', [tenantId])).toEqual([]);
  });

  it('gets back what a call that is refused for another reason has taken', async () => {
    const tenantId = await aTenant([daily('usd', 1_000n), daily('requests', 10n)]);
    const call = aCall(tenantId);
    await hold(call);
    await book.rows('select billing_void($1)', [[call.call.requestId]]);
    expect(await used(tenantId)).toEqual(['requests 0+0', 'usd 0+0']);
    await book.rows("update accounts set frozen_at = now() where tenant_id = $1", [tenantId]);
    expect(await hold(aCall(tenantId))).toBe('f');
    expect([await used(tenantId), await book.rows('select from holds where tenant_id = $1', [tenantId])]).toEqual([['requests 0+0', 'usd 0+0'], []]);
  });

  it('keeps what is spent when its limit is changed, and stays so while calls run', async () => {
    const tenantId = await aTenant([daily('requests', 5n), daily('tokens', 5_000n)]);
    const [one, other] = [aCall(tenantId), aCall(tenantId)];
    await hold(one, other);
    await settle(anAnswer(one, 1n));
    await budgets.replace({ tenantId, keyId: null }, [daily('requests', 2n), daily('usd', 100n)]);
    expect(await used(tenantId)).toEqual(['requests 1+1', 'usd 0+0']);
    expect(await hold(aCall(tenantId))).toBe('U');
    await settle(anAnswer(other, 1n));
    expect(await used(tenantId)).toEqual(['requests 2+0', 'usd 0+0']);
  });

  it('that holds something else than its calls raises an alarm, and stops nobody', async () => {
    const tenantId = await aTenant([daily('requests', 5n)]);
    await book.rows('update budgets set held = 2 where owner_id = $1', [tenantId]);
    const alarms: unknown[] = [];
    await new Reconciler({ sql: book.pool, log: SILENT, onBudgetDifference: (difference) => alarms.push(difference) }).run();
    expect(alarms).toEqual([expect.objectContaining({ tenantId, keyId: null, held: 2n, holds: 0n })]);
    expect(await hold(aCall(tenantId))).toBe('h');
    await book.rows('update budgets set held = 1 where owner_id = $1', [tenantId]);
  });

  it('is turned by the clerk too, who forgets calls that lapsed long ago', async () => {
    const tenantId = await aTenant([daily('requests', 5n)]);
    const call = aCall(tenantId);
    await hold(call);
    await book.reapAll();
    await book.rows("update budget_holds set held_at = now() - interval '8 days'");
    await book.rows("update budgets set period_start = period_start - interval '3 days' where owner_id = $1", [tenantId]);
    expect(await book.rows('select * from billing_tidy_budgets()')).toEqual([{ turned: 1, forgotten: expect.any(Number) }]);
    expect(await book.rows('select * from billing_tidy_budgets()')).toEqual([{ turned: 0, forgotten: 0 }]);
  });
});

describe('a call with a budget', () => {
  it('waits for its hold whatever its tenant pays, and gets 503 without Postgres', async () => {
    const tenantId = await aTenant([daily('requests', 5n)]);
    const proxy = await faultProxy({ target: book.url });
    const own = new Pool({ connectionString: proxy.url, max: 4, connectionTimeoutMillis: 300 }).on('error', () => undefined);
    const pod = book.pod({ sql: own, holdWaitMs: 300 });
    await pod.holds.place(aCall(tenantId));
    await proxy.shut();
    expect(await codeOf(pod.holds.place(aCall(tenantId)))).toBe('BILLING_UNAVAILABLE');
    await proxy.open();
    await eventually('its return', async () => (await codeOf(pod.holds.place(aCall(tenantId)))) === 'held');
    await pod.idle();
    await pod.stop(1_000);
    await own.end();
    await proxy.close();
  }, 15_000);

  it('does not fail for what the one before has not given back yet', async () => {
    const tenantId = await aTenant([daily('usd', 10n)]);
    const { holds, settler } = book.pod({ gatherMs: 30 });
    for (let i = 0; i < 5; i++) {
      const draft = aCall(tenantId);
      await holds.place(draft);
      await settler.settle(anAnswer(draft, 0n));
    }
    await settler.idle();
    expect(await used(tenantId)).toEqual(['usd 0+0']);
  });

  it('leaves no trace in budgets where there are none, and costs nothing', async () => {
    const tenantId = await book.tenant('postpaid');
    expect(JSON.parse(encodeHold(aHold(tenantId, 5n, 'postpaid')))).toHaveLength(8);
    expect(JSON.parse(encodeSettle(anAnswer(aHold(tenantId, 5n, 'postpaid'), 5n)))).toHaveLength(29);
    // Its budgets were taken away while the gateway still believed in them.
    const call = aCall(tenantId);
    expect(await hold(call)).toBe('h');
    await settle(anAnswer(call, 5n));
    expect(await book.charges(call.call.requestId)).toEqual(['usage -5']);
  });
});

describe('holds, settles, lapses and turns of many tenants and keys in any order', () => {
  it('leave every budget with what its running calls hold and its ended ones used, and never deadlock', async () => {
    const owners = await Promise.all(Array.from({ length: 6 }, async () => {
      const tenantId = await aTenant([daily('usd', 100_000n), daily('requests', 2_000n)], 'prepaid', 1_000_000n);
      return { tenantId, keys: await Promise.all([1, 2].map(() => aKey(tenantId, [daily('tokens', 1_000_000n)]))) };
    }));
    const pods = [book.pod({ prolongMs: 15 }), book.pod({ prolongMs: 15 }), book.pod({ prolongMs: 15 })];
    const end = performance.now() + 1_500;
    const run = async (seed: number) => {
      const chance = aSeed(seed);
      const pod = pods[seed % 3] as (typeof pods)[number];
      while (performance.now() < end) {
        const { tenantId, keys } = owners[chance.below(owners.length)] as (typeof owners)[number];
        const draft = aCall(tenantId, { nano: BigInt(chance.below(50)), tokens: chance.below(90), billing: 'prepaid', keyId: keys[chance.below(2)] });
        await pod.holds.place(draft).catch(() => undefined);
        if (chance.below(25) === 0) await book.rows("select billing_reap(500, '0 s')");
        if (chance.below(25) === 0) await book.rows("update holds set expires_at = now() - interval '1 s' where request_id = $1", [draft.call.requestId]);
        if (chance.below(30) === 0) await budgets.replace({ tenantId, keyId: null }, [daily('usd', 100_000n + BigInt(chance.below(9))), daily('requests', 2_000n)]);
        if (chance.below(8) !== 0) await pod.settler.settle(anAnswer(draft, BigInt(chance.below(40))));
        if (chance.below(10) === 0) await pod.settler.settle(anAnswer(draft, 7n));
      }
    };
    await Promise.all(Array.from({ length: 32 }, (_, seed) => run(seed + 1)));
    await Promise.all(pods.map((pod) => pod.idle()));
    expect(await book.rows('select deadlocks from pg_stat_database where datname = current_database()')).toEqual([{ deadlocks: '0' }]);
    // Nobody prolongs what was left running any more.
    await Promise.all(pods.map((pod) => pod.stop(1_000)));
    while ((await book.reapAll()).lapsed > 0);
    for (const { tenantId } of owners) {
      const [row] = await book.rows<{ nano: string }>('select coalesce(sum(cost_nano), 0)::bigint as nano from usage_records where tenant_id = $1', [tenantId]);
      expect((await used(tenantId))[1]).toBe(`usd ${row?.nano}+0`);
    }
  }, 30_000);
});
