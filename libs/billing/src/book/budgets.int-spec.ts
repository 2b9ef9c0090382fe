import { type Budget, DomainError } from '@higress/kernel';
import { eventually, faultProxy } from '@higress/testing';
import { Pool } from 'pg';
import { SILENT } from '../fixtures/a-book';
import { aHold, anAnswer } from '../fixtures/a-call';
import { aCall, budgetedBook, codeOf, daily } from '../fixtures/budgeted-book';
import { encodeHold, encodeProgress } from '../hold/encode-hold';
import { encodeSettle } from '../settle/encode-settle';
import { Reconciler } from './reconciler';

const its = budgetedBook();
const { aKey, aTenant, hold, settle, used } = its;

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
    const pod = its.book.pod();
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
    expect([await used(poor), await its.book.account(poor)]).toEqual([['usd 0+10'], { posted: 10n, held: 10n }]);
    const thrifty = await aTenant([daily('usd', 10n)], 'prepaid', 1_000n);
    expect(await hold(aCall(thrifty, { billing: 'prepaid' }), aCall(thrifty, { billing: 'prepaid' }))).toBe('hM');
    expect([await used(thrifty), await its.book.account(thrifty)]).toEqual([['usd 0+10'], { posted: 1_000n, held: 10n }]);
  });

  it('begins anew at the turn of its period, while a call runs across it and ends in the old one', async () => {
    const tenantId = await aTenant([daily('requests', 2n), { period: 'monthly', unit: 'requests', cap: 100n }]);
    const [first, across] = [aCall(tenantId), aCall(tenantId)];
    expect(await hold(first, across, aCall(tenantId))).toBe('hhU');
    await settle(anAnswer(first, 1n));
    await its.book.rows("update budgets set period_start = period_start - interval '1 day' where owner_id = $1 and period = 'daily'", [tenantId]);
    await its.book.rows("update budget_holds h set period_start = b.period_start from budgets b where b.id = h.budget_id and b.owner_id = $1", [tenantId]);
    expect(await used(tenantId)).toEqual(['requests 0+0', 'requests 1+1']);
    expect(await hold(aCall(tenantId), aCall(tenantId), aCall(tenantId))).toBe('hhU');
    await settle(anAnswer(across, 1n));
    expect(await used(tenantId)).toEqual(['requests 0+2', 'requests 2+2']);
  });

  it('does not give a period twice when the clock is set back', async () => {
    const tenantId = await aTenant([daily('requests', 1n)]);
    expect(await hold(aCall(tenantId))).toBe('h');
    await its.book.rows("update budgets set period_start = period_start + interval '1 day' where owner_id = $1", [tenantId]);
    await its.book.rows("update budget_holds h set period_start = b.period_start from budgets b where b.id = h.budget_id and b.owner_id = $1", [tenantId]);
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
    expect([await used(tenantId), await its.book.charges(call.call.requestId)]).toEqual([['usd 4+0'], []]);
  });

  it('counts a call that lapsed at its last progress, and is corrected when its settle comes after all', async () => {
    const tenantId = await aTenant([daily('usd', 1_000n), daily('tokens', 1_000n), daily('requests', 10n)]);
    const [known, unknown] = [aCall(tenantId), aCall(tenantId)];
    await hold(known, unknown);
    await its.book.rows('select billing_progress($1)', [`[${encodeProgress(known.call.requestId, { usage: anAnswer(known, 0n).usage, costNanoUsd: 6n })}]`]);
    await its.book.reapAll();
    expect(await used(tenantId)).toEqual(['requests 1+0', 'tokens 46+0', 'usd 6+0']);
    await settle(anAnswer(known, 9n));
    await settle(anAnswer(unknown, 2n), anAnswer(known, 9n));
    expect(await used(tenantId)).toEqual(['requests 2+0', 'tokens 92+0', 'usd 11+0']);
    expect(await its.book.rows('select from budget_holds h join budgets b on b.id = h.budget_id where b.owner_id = $1', [tenantId])).toEqual([]);
  });

  it('gets back what a call that is refused for another reason has taken', async () => {
    const tenantId = await aTenant([daily('usd', 1_000n), daily('requests', 10n)]);
    const call = aCall(tenantId);
    await hold(call);
    await its.book.rows('select billing_void($1)', [[call.call.requestId]]);
    expect(await used(tenantId)).toEqual(['requests 0+0', 'usd 0+0']);
    await its.book.rows("update accounts set frozen_at = now() where tenant_id = $1", [tenantId]);
    expect(await hold(aCall(tenantId))).toBe('f');
    expect([await used(tenantId), await its.book.rows('select from holds where tenant_id = $1', [tenantId])]).toEqual([['requests 0+0', 'usd 0+0'], []]);
  });

  it('keeps what is spent when its limit is changed, and stays so while calls run', async () => {
    const tenantId = await aTenant([daily('requests', 5n), daily('tokens', 5_000n)]);
    const [one, other] = [aCall(tenantId), aCall(tenantId)];
    await hold(one, other);
    await settle(anAnswer(one, 1n));
    await its.budgets.replace({ tenantId, keyId: null }, [daily('requests', 2n), daily('usd', 100n)]);
    expect(await used(tenantId)).toEqual(['requests 1+1', 'usd 0+0']);
    expect(await hold(aCall(tenantId))).toBe('U');
    await settle(anAnswer(other, 1n));
    expect(await used(tenantId)).toEqual(['requests 2+0', 'usd 0+0']);
  });

  it('that holds something else than its calls raises an alarm, and stops nobody', async () => {
    const tenantId = await aTenant([daily('requests', 5n)]);
    await its.book.rows('update budgets set held = 2 where owner_id = $1', [tenantId]);
    const alarms: unknown[] = [];
    await new Reconciler({ sql: its.book.pool, log: SILENT, onBudgetDifference: (difference) => alarms.push(difference) }).run();
    expect(alarms).toEqual([expect.objectContaining({ tenantId, keyId: null, held: 2n, holds: 0n })]);
    expect(await hold(aCall(tenantId))).toBe('h');
    await its.book.rows('update budgets set held = 1 where owner_id = $1', [tenantId]);
  });

  it('is turned by the clerk too, who forgets calls that lapsed long ago', async () => {
    const tenantId = await aTenant([daily('requests', 5n)]);
    const call = aCall(tenantId);
    await hold(call);
    await its.book.reapAll();
    await its.book.rows("update budget_holds set held_at = now() - interval '8 days'");
    await its.book.rows("update budgets set period_start = period_start - interval '3 days' where owner_id = $1", [tenantId]);
    expect(await its.book.rows('select * from billing_tidy_budgets()')).toEqual([{ turned: 1, forgotten: expect.any(Number) }]);
    expect(await its.book.rows('select * from billing_tidy_budgets()')).toEqual([{ turned: 0, forgotten: 0 }]);
  });
});

describe('a call with a budget', () => {
  it('waits for its hold whatever its tenant pays, and gets 503 without Postgres', async () => {
    const tenantId = await aTenant([daily('requests', 5n)]);
    const proxy = await faultProxy({ target: its.book.url });
    const own = new Pool({ connectionString: proxy.url, max: 4, connectionTimeoutMillis: 300 }).on('error', () => undefined);
    const pod = its.book.pod({ sql: own, holdWaitMs: 300 });
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
    const { holds, settler } = its.book.pod({ gatherMs: 30 });
    for (let i = 0; i < 5; i++) {
      const draft = aCall(tenantId);
      await holds.place(draft);
      await settler.settle(anAnswer(draft, 0n));
    }
    await settler.idle();
    expect(await used(tenantId)).toEqual(['usd 0+0']);
  });

  it('leaves no trace in budgets where there are none, and costs nothing', async () => {
    const tenantId = await its.book.tenant('postpaid');
    expect(JSON.parse(encodeHold(aHold(tenantId, 5n, 'postpaid')))).toHaveLength(8);
    expect(JSON.parse(encodeSettle(anAnswer(aHold(tenantId, 5n, 'postpaid'), 5n)))).toHaveLength(29);
    // Its budgets were taken away while the gateway still believed in them.
    const call = aCall(tenantId);
    expect(await hold(call)).toBe('h');
    await settle(anAnswer(call, 5n));
    expect(await its.book.charges(call.call.requestId)).toEqual(['usage -5']);
  });
});
