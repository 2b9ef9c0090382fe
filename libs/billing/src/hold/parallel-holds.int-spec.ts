import { DomainError } from '@higress/kernel';
import { freshDatabase } from '@higress/testing';
import { type Book, openBook } from '../fixtures/a-book';
import { aHold, anAnswer } from '../fixtures/a-call';
import { aSeed } from '../fixtures/chance';

let book: Book;
beforeAll(async () => {
  book = openBook(await freshDatabase());
});
afterEach(async () => expect(await book.differences()).toEqual([]));
afterAll(() => book.close());

const verdict = (placed: Promise<void>) => placed.then(() => 'held', (error: unknown) => (error instanceof DomainError ? error.code : String(error)));

describe('calls at the same time', () => {
  it('of a tenant with the credit of ten are exactly ten, over three pods and 200 calls', async () => {
    const tenant = await book.tenant('prepaid', 10n);
    const pods = [book.pod(), book.pod(), book.pod()];
    const verdicts = await Promise.all(Array.from({ length: 200 }, (_, i) => verdict(pods[i % 3]?.holds.place(aHold(tenant, 1n)) as Promise<void>)));
    expect(verdicts.filter((code) => code === 'held')).toHaveLength(10);
    expect(verdicts.filter((code) => code === 'INSUFFICIENT_BALANCE')).toHaveLength(190);
    expect(await book.account(tenant)).toEqual({ posted: 10n, held: 10n });
  });

  it('are decided in order of arrival, and a small one fits where a large one does not', async () => {
    const tenant = await book.tenant('prepaid', 10n);
    const { holds } = book.pod();
    expect(await Promise.all([6n, 5n, 4n, 1n].map((amount) => verdict(holds.place(aHold(tenant, amount)))))).toEqual(['held', 'INSUFFICIENT_BALANCE', 'held', 'INSUFFICIENT_BALANCE']);
  });

  it('one after the other never fail for what the one before has not given back yet', async () => {
    const tenant = await book.tenant('prepaid', 10n);
    const { holds, settler } = book.pod({ gatherMs: 30 });
    for (let i = 0; i < 5; i++) {
      const hold = aHold(tenant, 10n);
      await holds.place(hold);
      await settler.settle(anAnswer(hold, 0n));
    }
    await settler.idle();
    expect(await book.account(tenant)).toEqual({ posted: 10n, held: 0n });
  });

  it('of many tenants on many pods never deadlock', async () => {
    const tenants = await Promise.all(Array.from({ length: 12 }, () => book.tenant('prepaid', 1_000_000n)));
    const pods = [book.pod({ prolongMs: 15 }), book.pod({ prolongMs: 15 }), book.pod({ prolongMs: 15 }), book.pod({ prolongMs: 15 })];
    const end = performance.now() + 1_500;
    const run = async (seed: number) => {
      const chance = aSeed(seed);
      const pod = pods[seed % pods.length] as (typeof pods)[number];
      for (let calls = 0; performance.now() < end; calls++) {
        const hold = aHold(tenants[chance.below(tenants.length)] as string, BigInt(chance.below(100)));
        await pod.holds.place(hold);
        if (chance.below(20) === 0) await book.rows('select billing_credit($1, 5, $2, null)', [hold.call.tenantId, hold.call.requestId]);
        if (chance.below(20) === 0) await book.rows("select billing_reap(500, '0 s')");
        if (chance.below(8) !== 0) await pod.settler.settle(anAnswer(hold, BigInt(chance.below(100))));
        if (chance.below(10) === 0) await pod.settler.settle(anAnswer(hold, 7n));
      }
    };
    await Promise.all(Array.from({ length: 48 }, (_, seed) => run(seed + 1)));
    await Promise.all(pods.map((pod) => pod.idle()));
    expect(await book.rows('select deadlocks from pg_stat_database where datname = current_database()')).toEqual([{ deadlocks: '0' }]);
  }, 30_000);
});
