import type { Units } from '@higress/kernel';
import { freshDatabase } from '@higress/testing';
import { type Book, openBook } from '../fixtures/a-book';
import { aHold, anAnswer } from '../fixtures/a-call';
import { encodeHold, encodeProgress } from '../hold/encode-hold';
import type { HoldDraft } from '../hold/hold-draft';
import { encodeSettle } from '../settle/encode-settle';
import type { SettleRecord } from '../settle/settle-record';

describe('what is counted otherwise than in tokens', () => {
  let book: Book;
  beforeAll(async () => {
    book = openBook(await freshDatabase());
  });
  afterEach(async () => expect(await book.differences()).toEqual([]));
  afterAll(() => book.close());

  const hold = (draft: HoldDraft) => book.rows('select billing_hold($1)', [`[${encodeHold(draft)}]`]);
  const settle = (...records: SettleRecord[]) => book.rows('select * from billing_settle($1)', [`[${records.map(encodeSettle).join()}]`]);
  const withUnits = (record: SettleRecord, units: Units): SettleRecord => ({ ...record, usage: { ...record.usage, units } });
  const unitsOf = async ({ call }: HoldDraft) => (await book.rows<{ units: Units }>('select units from usage_records where id = $1', [call.requestId])).map(({ units }) => units);

  it('is kept with the call, and nothing where there is none', async () => {
    const tenant = await book.tenant('prepaid', 1_000n);
    const [pictures, sound, text] = [aHold(tenant, 100n), aHold(tenant, 100n), aHold(tenant, 100n)];
    for (const draft of [pictures, sound, text]) await hold(draft);
    await settle(withUnits(anAnswer(pictures, 50n), { images: 2, characters: 0 }), withUnits(anAnswer(sound, 50n), { audioMs: 1_500.2 }), anAnswer(text, 50n));
    expect([await unitsOf(pictures), await unitsOf(sound), await unitsOf(text)]).toEqual([[{ images: 2 }], [{ audioMs: 1_501 }], [{}]]);
    expect(await book.account(tenant)).toEqual({ posted: 850n, held: 0n });
  });

  it('is corrected with the charge when the settle comes after the hold lapsed', async () => {
    const draft = aHold(await book.tenant('prepaid', 1_000n), 500n);
    await hold(draft);
    await book.rows('select billing_progress($1)', [`[${encodeProgress(draft.call.requestId, { usage: withUnits(anAnswer(draft, 0n), { characters: 7 }).usage, costNanoUsd: 70n })}]`]);
    await book.reapAll();
    expect(await unitsOf(draft)).toEqual([{ characters: 7 }]);
    await settle(withUnits(anAnswer(draft, 90n), { characters: 9 }));
    expect(await unitsOf(draft)).toEqual([{ characters: 9 }]);
    expect(await book.charges(draft.call.requestId)).toEqual(['expired -70', 'correction -20']);
  });

  it('does not make a budget’s request of a call that no budget concerns, nor lose one of a call that one does', async () => {
    const tenant = await book.tenant('postpaid');
    await book.rows('select replace_budgets($1, null, $2)', [tenant, JSON.stringify([['total', 'requests', 10]])]);
    const [free, bound] = [aHold(tenant, 0n, 'postpaid'), { ...aHold(tenant, 0n, 'postpaid'), budget: { amountNanoUsd: 100n, tokens: 10 } }];
    await hold(free);
    await hold(bound);
    await settle(withUnits(anAnswer(free, 5n), { images: 1 }), withUnits(anAnswer(bound, 5n), { images: 1 }));
    expect(await book.rows('select spent::int, held::int from budgets where tenant_id = $1', [tenant])).toEqual([{ spent: 1, held: 0 }]);
  });
});
