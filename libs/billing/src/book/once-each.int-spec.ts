import { freshDatabase } from '@higress/testing';
import { type Book, openBook, SILENT } from '../fixtures/a-book';
import { aHold, anAnswer } from '../fixtures/a-call';
import { encodeHold, encodeProgress } from '../hold/encode-hold';
import type { HoldDraft } from '../hold/hold-draft';
import type { Progress } from '../hold/progress';
import { encodeSettle } from '../settle/encode-settle';
import type { SettleRecord } from '../settle/settle-record';
import { Reaper } from './reaper';

let book: Book;
beforeAll(async () => {
  book = openBook(await freshDatabase());
});
afterEach(async () => expect(await book.differences()).toEqual([]));
afterAll(() => book.close());

const hold = (...drafts: HoldDraft[]) => book.rows('select billing_hold($1)', [`[${drafts.map(encodeHold).join()}]`]);
const progress = (id: string, known: Progress) => book.rows('select billing_progress($1)', [`[${encodeProgress(id, known)}]`]);
const settle = (...records: SettleRecord[]) => book.rows('select * from billing_settle($1)', [`[${records.map(encodeSettle).join()}]`]);
const usageOf = async (draft: HoldDraft) => (await book.usage([draft.call.requestId])).map(({ id: _, ...rest }) => rest);
const used = (costNanoUsd: bigint): Progress => ({ usage: anAnswer(aHold('', 0n), 0n).usage, costNanoUsd });

describe('a hold that nobody prolonged', () => {
  it('is charged at its last progress, once', async () => {
    const tenant = await book.tenant('prepaid', 1_000n);
    const draft = aHold(tenant, 500n);
    await hold(draft);
    await progress(draft.call.requestId, used(120n));
    expect(await book.reapAll()).toEqual({ lapsed: 1, returned: 0, waiting: false });
    expect(await book.reapAll()).toEqual({ lapsed: 0, returned: 0, waiting: false });
    expect(await book.charges(draft.call.requestId)).toEqual(['expired -120']);
    expect(await usageOf(draft)).toEqual([{ cost: 120, charged: 120, uncollected: 0, error_code: 'EXPIRED', settled: false }]);
    expect(await book.account(tenant)).toEqual({ posted: 880n, held: 0n });
  });

  it('leaves a row of 0 when nothing is known of its call', async () => {
    const tenant = await book.tenant('postpaid');
    const draft = aHold(tenant, 0n, 'postpaid');
    await hold(draft);
    await book.reapAll();
    expect(await book.charges(draft.call.requestId)).toEqual(['expired 0']);
    expect(await usageOf(draft)).toEqual([{ cost: 0, charged: 0, uncollected: 0, error_code: 'EXPIRED', settled: false }]);
  });

  it.each([
    ['more', 200n, ['expired -120', 'correction -80'], 800n],
    ['less', 50n, ['expired -120', 'correction 70'], 950n],
    ['the same', 120n, ['expired -120'], 880n],
  ])('is corrected once when its settle comes after all with %s', async (_, cost, charges, posted) => {
    const tenant = await book.tenant('prepaid', 1_000n);
    const draft = aHold(tenant, 500n);
    await hold(draft);
    await progress(draft.call.requestId, used(120n));
    await book.reapAll();
    await settle(anAnswer(draft, cost));
    await settle(anAnswer(draft, cost), anAnswer(draft, cost));
    expect(await book.charges(draft.call.requestId)).toEqual(charges);
    expect(await usageOf(draft)).toEqual([{ cost: Number(cost), charged: Number(cost), uncollected: 0, error_code: null, settled: true }]);
    expect(await book.account(tenant)).toEqual({ posted, held: 0n });
  });

  it('of an internal tenant is recorded and charged to nobody', async () => {
    const tenant = await book.tenant('internal');
    const draft = aHold(tenant, 0n, 'internal');
    await hold(draft);
    await progress(draft.call.requestId, used(120n));
    await book.reapAll();
    expect(await book.charges(draft.call.requestId)).toEqual([]);
    expect(await usageOf(draft)).toEqual([{ cost: 120, charged: 0, uncollected: 0, error_code: 'EXPIRED', settled: false }]);
  });
});

describe('a settle', () => {
  it('counts once, however often and in whatever company it comes', async () => {
    const tenant = await book.tenant('prepaid', 1_000n);
    const [a, b] = [aHold(tenant, 300n), aHold(tenant, 300n)];
    await hold(a, b);
    await settle(anAnswer(a, 100n), anAnswer(a, 100n));
    await settle(anAnswer(a, 100n), anAnswer(b, 20n), anAnswer(a, 999n));
    expect(await book.charges(a.call.requestId)).toEqual(['usage -100']);
    expect(await book.charges(b.call.requestId)).toEqual(['usage -20']);
    expect(await book.account(tenant)).toEqual({ posted: 880n, held: 0n });
  });

  it('whose intent never arrived writes everything', async () => {
    const tenant = await book.tenant('postpaid');
    const draft = aHold(tenant, 0n, 'postpaid');
    await settle(anAnswer(draft, 30n));
    expect(await book.charges(draft.call.requestId)).toEqual(['usage -30']);
  });

  it('whose intent arrives afterwards is not charged again by the reaper', async () => {
    const tenant = await book.tenant('postpaid');
    const draft = aHold(tenant, 40n, 'postpaid');
    await settle(anAnswer(draft, 30n));
    await hold(draft);
    expect(await book.account(tenant)).toEqual({ posted: -30n, held: 40n });
    expect(await book.reapAll()).toEqual({ lapsed: 0, returned: 1, waiting: false });
    expect(await book.charges(draft.call.requestId)).toEqual(['usage -30']);
    expect(await book.account(tenant)).toEqual({ posted: -30n, held: 0n });
  });

  it('whose prepaid hold vanished takes what is available, in order of arrival, and leaves the rest uncollected', async () => {
    const tenant = await book.tenant('prepaid', 100n);
    const running = aHold(tenant, 30n);
    await hold(running);
    const lost = [aHold(tenant, 60n), aHold(tenant, 60n), aHold(tenant, 60n)].map((draft) => anAnswer(draft, 50n));
    expect(await settle(...lost)).toEqual([{ recorded: 3, corrected: 0, uncollected_nano: '80' }]);
    expect(await Promise.all(lost.map(({ hold: { call } }) => book.charges(call.requestId)))).toEqual([['usage -50'], ['usage -20'], []]);
    expect(await book.account(tenant)).toEqual({ posted: 30n, held: 30n });
    await settle(anAnswer(running, 30n));
    expect(await book.account(tenant)).toEqual({ posted: 0n, held: 0n });
  });

  it('after a lapse whose money was spent meanwhile takes what is left', async () => {
    const tenant = await book.tenant('prepaid', 100n);
    const draft = aHold(tenant, 90n);
    await hold(draft);
    await book.reapAll();
    const other = aHold(tenant, 70n);
    await hold(other);
    await settle(anAnswer(draft, 80n));
    expect(await book.charges(draft.call.requestId)).toEqual(['expired 0', 'correction -30']);
    expect(await usageOf(draft)).toEqual([{ cost: 80, charged: 30, uncollected: 50, error_code: null, settled: true }]);
    await settle(anAnswer(other, 70n));
    expect(await book.account(tenant)).toEqual({ posted: 0n, held: 0n });
  });

  it('of a postpaid call takes what is there when its tenant has become prepaid', async () => {
    const tenant = await book.tenant('postpaid');
    const draft = aHold(tenant, 0n, 'postpaid');
    await hold(draft);
    await book.rows('update tenants set billing = $2 where id = $1', [tenant, 'prepaid']);
    await book.rows('select billing_credit($1, 20, $2, null)', [tenant, 'some']);
    await settle(anAnswer(draft, 50n));
    expect(await usageOf(draft)).toEqual([{ cost: 50, charged: 20, uncollected: 30, error_code: null, settled: true }]);
  });

  it('for a tenant without an account does nothing for anybody in its batch', async () => {
    const tenant = await book.tenant('postpaid');
    const good = anAnswer(aHold(tenant, 0n, 'postpaid'), 5n);
    await expect(settle(good, anAnswer(aHold('01a205a4-be0f-79d6-8c19-ea5017bc08fd'), 5n))).rejects.toMatchObject({ code: '23503' });
    expect(await usageOf(good.hold)).toEqual([]);
  });
});

describe('a hold that is given back before its call', () => {
  it('leaves nothing behind', async () => {
    const tenant = await book.tenant('prepaid', 100n);
    const draft = aHold(tenant, 90n);
    await hold(draft);
    expect(await book.rows('select billing_void($1) as id', [[draft.call.requestId]])).toEqual([{ id: draft.call.requestId }]);
    expect(await book.account(tenant)).toEqual({ posted: 100n, held: 0n });
    expect(await usageOf(draft)).toEqual([]);
  });
});

describe('the reaper', () => {
  it('ends all that lapsed, however many', async () => {
    const tenant = await book.tenant('prepaid', 1_000n);
    await hold(...Array.from({ length: 501 }, () => aHold(tenant, 1n)));
    await book.rows("update holds set expires_at = now() - interval '1 s'");
    const told: object[] = [];
    const log = { ...SILENT, warn: (about: object) => void told.push(about) };
    expect(await new Reaper({ sql: book.pool, log, graceSeconds: 0 }).run()).toEqual({ lapsed: 501, returned: 0, waiting: false });
    expect(told).toEqual([{ lapsed: 501, returned: 0 }]);
    expect(await book.account(tenant)).toEqual({ posted: 1_000n, held: 0n });
  });

  it('stands back after Postgres started, and after a gap in its own runs', async () => {
    const draft = aHold(await book.tenant('prepaid', 100n), 90n);
    await hold(draft);
    await book.rows("update holds set expires_at = now() - interval '1 s'");
    expect(await book.rows("select * from billing_reap(500, now() - pg_postmaster_start_time() + interval '1 min')")).toEqual([{ lapsed: 0, returned: 0, waiting: true }]);
    await book.rows("update reaper_state set ran_at = now() - interval '91 s'");
    expect(await book.rows("select * from billing_reap(500, '1 s')")).toEqual([{ lapsed: 0, returned: 0, waiting: true }]);
    expect(await book.rows("select * from billing_reap(500, '1 s')")).toEqual([{ lapsed: 0, returned: 0, waiting: true }]);
    await book.rows("update reaper_state set quiet_until = now()");
    expect(await book.rows("select * from billing_reap(500, '1 s')")).toEqual([{ lapsed: 1, returned: 0, waiting: false }]);
  });

  it('leaves a hold alone that was prolonged while it looked', async () => {
    const draft = aHold(await book.tenant('prepaid', 100n), 90n);
    await hold(draft);
    await book.rows("update holds set expires_at = now() - interval '1 s'");
    await progress(draft.call.requestId, used(5n));
    expect(await book.rows("select * from billing_reap(500, '0 s')")).toEqual([{ lapsed: 0, returned: 0, waiting: false }]);
    await settle(anAnswer(draft, 5n));
  });
});
