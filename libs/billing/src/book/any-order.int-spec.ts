import { BILLING_MODES, type BillingMode } from '@higress/kernel';
import { freshDatabase } from '@higress/testing';
import { Client } from 'pg';
import { type Book, openBook } from '../fixtures/a-book';
import { aHold, anAnswer } from '../fixtures/a-call';
import { aSeed, type Chance } from '../fixtures/chance';
import { encodeHold, encodeProgress } from '../hold/encode-hold';
import type { HoldDraft } from '../hold/hold-draft';
import { encodeSettle } from '../settle/encode-settle';

/** A call and what has happened to it. */
interface Life {
  readonly draft: HoldDraft;
  readonly cost: bigint;
  everHeld: boolean;
  everSettled: boolean;
}

const CASES = 200;
let book: Book;
let db: Client;

beforeAll(async () => {
  book = openBook(await freshDatabase());
  db = new Client(book.url);
  await db.connect();
  await db.query('set synchronous_commit to off');
});
afterAll(async () => {
  await db.end();
  await book.close();
});

/** One step of a life, chosen by chance. Each may come at any time, twice, or never. */
async function step(chance: Chance, lives: readonly Life[]): Promise<void> {
  const some = lives.filter(() => chance.below(3) === 0);
  const ids = some.map(({ draft }) => draft.call.requestId);
  switch (chance.below(6)) {
    case 0:
    case 1: {
      const { rows } = await db.query<{ verdicts: string | null }>('select billing_hold($1) as verdicts', [`[${some.map(({ draft }) => encodeHold(draft)).join()}]`]);
      for (const [i, life] of some.entries()) life.everHeld ||= rows[0]?.verdicts?.[i] === 'h';
      return;
    }
    case 2:
      await db.query('select billing_progress($1)', [`[${some.map(({ draft }) => encodeProgress(draft.call.requestId, { usage: anAnswer(draft, 0n).usage, costNanoUsd: BigInt(chance.below(60)) })).join()}]`]);
      return;
    case 3:
    case 4: {
      const twice = chance.below(2) === 0 ? some : [...some, ...some];
      if (twice.length > 0) await db.query('select billing_settle($1)', [`[${twice.map(({ draft, cost }) => encodeSettle(anAnswer(draft, cost))).join()}]`]);
      for (const life of some) life.everSettled = true;
      return;
    }
    default:
      await db.query("update holds set expires_at = now() - interval '1 s' where request_id = any($1)", [ids]);
      await db.query("select billing_reap(500, '0 s')");
  }
}

async function bookIsRight(): Promise<void> {
  for (const check of ['billing_check(true)', 'billing_check_budgets()']) expect((await db.query(`select * from ${check}`)).rows).toEqual([]);
}

describe('holds, progress, settles and lapses in any order', () => {
  it(`leave the book right and one usage row per call, ${CASES} times`, async () => {
    for (let seed = 1; seed <= CASES; seed++) {
      const chance = aSeed(seed);
      const tenants = await Promise.all(BILLING_MODES.map((billing) => book.tenant(billing, billing === 'prepaid' ? BigInt(chance.below(200)) : 0n)));
      const lives: Life[] = Array.from({ length: 8 }, () => {
        const which = chance.below(3);
        const billing = BILLING_MODES[which] as BillingMode;
        return { draft: aHold(tenants[which] as string, billing === 'internal' ? 0n : BigInt(chance.below(50)), billing), cost: BigInt(chance.below(60)), everHeld: false, everSettled: false };
      });
      for (let steps = 3 + chance.below(8); steps > 0; steps--) await step(chance, lives);
      await bookIsRight();
      await book.reapAll();
      await bookIsRight();
      const records = await book.usage(lives.map(({ draft }) => draft.call.requestId));
      for (const life of lives) {
        const rows = records.filter(({ id }) => id === life.draft.call.requestId);
        const about = { seed, life: life.draft.call.requestId, rows };
        expect({ ...about, count: rows.length }).toEqual({ ...about, count: life.everHeld || life.everSettled ? 1 : 0 });
        const [row] = rows;
        if (!row) continue;
        expect({ ...about, settled: row.settled }).toEqual({ ...about, settled: life.everSettled });
        const charged = life.draft.billing === 'internal' ? 0 : row.cost - row.uncollected;
        expect({ ...about, cost: row.settled ? Number(life.cost) : row.cost, charged }).toEqual({ ...about, cost: row.cost, charged: row.charged });
        if (life.draft.billing === 'prepaid') expect(row.charged).toBeLessThanOrEqual(Number(life.draft.amountNanoUsd));
        if (life.draft.billing === 'postpaid') expect(row.uncollected).toBe(0);
      }
    }
    expect(await book.differences()).toEqual([]);
    expect(await book.rows('select from holds')).toEqual([]);
  }, 60_000);
});
