import { DomainError, type Usage } from '@higress/kernel';
import { freshDatabase } from '@higress/testing';
import { type Book, openBook } from './fixtures/a-book';
import { aHold, anAnswer } from './fixtures/a-call';

let book: Book;
beforeAll(async () => {
  book = openBook(await freshDatabase());
});
afterAll(() => book.close());

const refusal = (promise: Promise<void>) => promise.then(() => 'held', (error: unknown) => (error instanceof DomainError ? error.code : String(error)));

describe('a completion', () => {
  it('of a prepaid tenant sets its bound aside, charges its cost and gives the rest back', async () => {
    const tenant = await book.tenant('prepaid', 1_000n);
    const { holds, settler } = book.pod();
    const hold = aHold(tenant, 600n);
    await holds.place(hold);
    expect(await book.account(tenant)).toEqual({ posted: 1_000n, held: 600n });
    expect(await refusal(holds.place(aHold(tenant, 401n)))).toBe('INSUFFICIENT_BALANCE');
    await settler.settle(anAnswer(hold, 250n));
    await settler.idle();
    expect(await book.account(tenant)).toEqual({ posted: 750n, held: 0n });
    expect(await book.rows('select kind, amount_nano, balance_nano from ledger_entries where request_id = $1', [hold.call.requestId])).toEqual([{ kind: 'usage', amount_nano: '-250', balance_nano: '750' }]);
    expect(await book.rows('select * from usage_records where id = $1', [hold.call.requestId])).toEqual([
      expect.objectContaining({
        started_at: hold.call.startedAt, channel: 'external', tenant_id: tenant, key_id: hold.call.keyId, model: 'demo', provider: 'simulator', upstream_model: 'demo-1', dialect: 'openai', stream: false,
        status: 200, error_code: null, attempts: 1, input_tokens: '12', cached_input_tokens: '0', output_tokens: '34', reasoning_tokens: '0', estimated: false, clamped: false, cost_nano: '250',
        charged_nano: '250', uncollected_nano: '0', ttft_ms: 12.5, duration_ms: 40, overhead_ms: 1.25, client_request_id: null, tags: { team: 'a' }, settled: true,
      }),
    ]);
  });

  it('of a prepaid tenant is never charged more than its hold; the rest is uncollected', async () => {
    const tenant = await book.tenant('prepaid', 1_000n);
    const uncollected: bigint[] = [];
    const { holds, settler } = book.pod({ onUncollected: (nano) => uncollected.push(nano) });
    const hold = aHold(tenant, 100n);
    await holds.place(hold);
    await settler.settle(anAnswer(hold, 130n));
    await settler.idle();
    expect(await book.account(tenant)).toEqual({ posted: 900n, held: 0n });
    expect(await book.rows('select cost_nano, charged_nano, uncollected_nano from usage_records where id = $1', [hold.call.requestId])).toEqual([{ cost_nano: '130', charged_nano: '100', uncollected_nano: '30' }]);
    expect(uncollected).toEqual([30n]);
  });

  it('of a postpaid tenant is charged at its cost, and may owe', async () => {
    const tenant = await book.tenant('postpaid');
    const { holds, settler } = book.pod();
    const hold = aHold(tenant, 0n, 'postpaid');
    holds.intend(hold);
    await settler.settle(anAnswer(hold, 70n));
    await settler.idle();
    expect(await book.account(tenant)).toEqual({ posted: -70n, held: 0n });
  });

  it('on the internal channel or of an internal tenant is recorded at its price and charged to nobody', async () => {
    const [internal, prepaid] = [await book.tenant('internal'), await book.tenant('prepaid', 10n)];
    const { holds, settler } = book.pod();
    const byTenant = aHold(internal, 0n, 'internal');
    const byChannel = aHold(prepaid, 5_000n);
    const onInternal = { ...byChannel, call: { ...byChannel.call, channel: 'internal', keyId: null } } as const;
    for (const hold of [byTenant, onInternal]) {
      await holds.place(hold);
      await settler.settle(anAnswer(hold, 40n));
    }
    await settler.idle();
    expect(await book.account(internal)).toEqual({ posted: 0n, held: 0n });
    expect(await book.account(prepaid)).toEqual({ posted: 10n, held: 0n });
    const ids = [byTenant.call.requestId, byChannel.call.requestId];
    expect(await book.rows('select cost_nano, charged_nano from usage_records where id = any($1)', [ids])).toEqual([{ cost_nano: '40', charged_nano: '0' }, { cost_nano: '40', charged_nano: '0' }]);
    expect(await book.rows('select from ledger_entries where request_id = any($1)', [ids])).toEqual([]);
  });

  it('that nobody answered gives its whole hold back and is recorded with its error', async () => {
    const tenant = await book.tenant('prepaid', 1_000n);
    const { holds, settler } = book.pod();
    const hold = aHold(tenant, 600n);
    await holds.place(hold);
    await settler.release(hold, { status: 502, errorCode: 'UPSTREAM_ERROR', attempts: 3 });
    await settler.idle();
    expect(await book.account(tenant)).toEqual({ posted: 1_000n, held: 0n });
    expect(await book.rows('select status, error_code, attempts, cost_nano from usage_records where id = $1', [hold.call.requestId])).toEqual([{ status: 502, error_code: 'UPSTREAM_ERROR', attempts: 3, cost_nano: '0' }]);
    expect(await book.rows('select from ledger_entries where request_id = $1', [hold.call.requestId])).toEqual([]);
  });
});

describe('a frozen account', () => {
  it('refuses holds, and intents as soon as the pod knows, but settles what runs', async () => {
    const tenant = await book.tenant('postpaid');
    const { holds, settler } = book.pod();
    const before = aHold(tenant, 0n, 'postpaid');
    holds.intend(before);
    await holds.idle();
    await book.rows(`update accounts set frozen_at = now(), frozen_reason = 'spec' where tenant_id = $1`, [tenant]);
    expect(await refusal(holds.place(aHold(tenant, 1n)))).toBe('FORBIDDEN');
    expect(() => holds.intend(aHold(tenant, 0n, 'postpaid'))).toThrow('frozen');
    await settler.settle(anAnswer(before, 5n));
    await settler.idle();
    expect(await book.account(tenant)).toEqual({ posted: -5n, held: 0n });
  });
});

describe('progress', () => {
  it('is noted with the hold, which it prolongs', async () => {
    const tenant = await book.tenant('prepaid', 1_000n);
    const { holds } = book.pod({ prolongMs: 20, holdLifeSeconds: 600 });
    const hold = aHold(tenant, 600n);
    await holds.place(hold);
    await book.rows(`update holds set expires_at = now() where request_id = $1`, [hold.call.requestId]);
    const usage: Usage = { inputTokens: 5, cachedInputTokens: 1, cacheWriteTokens: 0, outputTokens: 7, reasoningTokens: 2, estimated: true };
    holds.progress(hold, { usage, costNanoUsd: 42n });
    await expect(seen('select progress_nano, progress from holds where request_id = $1 and expires_at > now() + interval \'500 s\' and progress is not null', hold.call.requestId)).resolves.toEqual({ progress_nano: '42', progress: [5, 1, 0, 7, 2, 1] });
  });
});

/** The first row of a query, as soon as there is one. */
async function seen(query: string, id: string): Promise<unknown> {
  for (;;) {
    const [row] = await book.rows(query, [id]);
    if (row) return row;
  }
}
