import { DomainError } from '@higress/kernel';
import { freshDatabase } from '@higress/testing';
import { type Book, openBook, SILENT } from '../fixtures/a-book';
import { aHold, anAnswer } from '../fixtures/a-call';
import { Accounts } from './accounts.repository';
import { Ledger } from './ledger.repository';
import type { Page, PageRequest } from './page';
import { Reconciler } from './reconciler';
import { UsageRecords } from './usage.repository';

let book: Book;
let accounts: Accounts;
beforeAll(async () => {
  book = openBook(await freshDatabase());
  accounts = new Accounts(book.pool);
});
afterAll(() => book.close());

const codeOf = (work: Promise<unknown>) => work.then(() => 'done', (error: unknown) => (error instanceof DomainError ? error.code : String(error)));

async function allPages<T>(read: (page: PageRequest) => Promise<Page<T>>, limit: number): Promise<T[]> {
  const rows: T[] = [];
  for (let cursor: string | null = null; ; ) {
    const page: Page<T> = await read({ limit, cursor });
    rows.push(...page.rows);
    cursor = page.nextCursor;
    if (cursor === null) return rows;
  }
}

describe('the ledger', () => {
  it.each(['update ledger_entries set amount_nano = 1', 'delete from ledger_entries', 'truncate ledger_entries'])('refuses: %s', async (statement) => {
    await book.tenant('prepaid', 5n);
    await expect(book.rows(statement)).rejects.toThrow('ledger_entries is append-only');
  });

  it('refuses a second charge of the same kind for a request', async () => {
    const tenant = await book.tenant('postpaid');
    const { settler } = book.pod();
    const answer = anAnswer(aHold(tenant, 0n, 'postpaid'), 5n);
    await settler.settle(answer);
    await settler.idle();
    await expect(
      book.rows(`insert into ledger_entries (id, at, tenant_id, request_id, kind, amount_nano, balance_nano) select gen_random_uuid(), at, tenant_id, request_id, kind, amount_nano, balance_nano
        from ledger_entries where request_id = $1`, [answer.hold.call.requestId]),
    ).rejects.toThrow('ledger_entries_one_charge_per_request');
  });

  it('is read in pages, newest first, with a balance that adds up', async () => {
    const tenant = await book.tenant('prepaid', 1_000n);
    const { holds, settler } = book.pod();
    for (let batch = 0; batch < 4; batch++) {
      const drafts = Array.from({ length: 6 }, () => aHold(tenant, 20n));
      await Promise.all(drafts.map((draft) => holds.place(draft)));
      for (const draft of drafts) await settler.settle(anAnswer(draft, 10n));
      await settler.idle();
    }
    const entries = await allPages((page) => new Ledger(book.pool).page({ tenantId: tenant }, page), 7);
    expect(entries.map(({ kind }) => kind)).toEqual([...Array<string>(24).fill('usage'), 'credit']);
    expect(entries.map(({ balanceNanoUsd }) => balanceNanoUsd)).toEqual(Array.from({ length: 25 }, (_, i) => 760n + BigInt(i) * 10n));
    expect(entries.every(({ at }, i) => i === 0 || at <= (entries[i - 1]?.at ?? at))).toBe(true);
    const calls = await allPages((page) => new UsageRecords(book.pool).page({ tenantId: tenant }, page), 5);
    expect(calls).toHaveLength(24);
    expect(calls.every(({ startedAt }, i) => i === 0 || startedAt <= (calls[i - 1]?.startedAt ?? startedAt))).toBe(true);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(24);
  });

  it('is filtered by kind, request and time', async () => {
    const tenant = await book.tenant('prepaid', 50n);
    const [first] = (await new Ledger(book.pool).page({ tenantId: tenant, kind: 'credit' }, { limit: 1, cursor: null })).rows;
    const at = first?.at as Date;
    const count = async (filter: object) => (await new Ledger(book.pool).page({ tenantId: tenant, ...filter }, { limit: 9, cursor: null })).rows.length;
    expect(await Promise.all([count({ from: at }), count({ to: at }), count({ kind: 'usage' }), count({ from: new Date(at.getTime() + 1_000) })])).toEqual([1, 0, 0, 0]);
    expect(await codeOf(new Ledger(book.pool).page({ tenantId: null }, { limit: 1, cursor: 'x' }))).toBe('INVALID_REQUEST');
  });
});

describe('the ledger of a key or a model', () => {
  const read = (filter: object, limit = 9) => allPages((page) => new Ledger(book.pool).page({ tenantId: null, ...filter }, page), limit);

  it('has each movement of its calls once, whatever the size of a page, and none of others', async () => {
    const [tenant, other] = [await book.tenant('prepaid', 1_000n), await book.tenant('prepaid', 1_000n)];
    const { holds, settler } = book.pod();
    const drafts = await Promise.all([tenant, tenant, tenant, other].map(async (of) => {
      const draft = aHold(of, 20n);
      await holds.place(draft);
      return draft;
    }));
    for (const [at, draft] of drafts.entries()) await settler.settle(anAnswer(draft, at === 0 ? 15n : 10n));
    await settler.idle();
    const [first] = drafts as [(typeof drafts)[number]];
    await book.rows(
      `insert into ledger_entries (id, at, tenant_id, request_id, kind, amount_nano, balance_nano) select (left(id::text, 35) || case when right(id::text, 1) = 'f' then 'e' else 'f' end)::uuid, at, tenant_id, request_id, 'correction', 0, balance_nano
         from ledger_entries where request_id = $1`, [first.call.requestId],
    );
    const keyId = first.call.keyId as string;
    const ofKey = new Set(drafts.filter(({ call }) => call.keyId === keyId).map(({ call }) => call.requestId));
    for (const limit of [1, 2, 9]) {
      const entries = await read({ keyId }, limit);
      expect(new Set(entries.map(({ requestId }) => requestId))).toEqual(ofKey);
      expect(entries).toHaveLength(ofKey.size + 1);
      expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
    }
    expect(await read({ tenantId: tenant, model: first.call.model })).toHaveLength(4);
    expect(await read({ tenantId: tenant, model: first.call.model, kind: 'correction' })).toHaveLength(1);
    expect(await read({ tenantId: other, model: first.call.model })).toHaveLength(1);
    expect(await read({ tenantId: other, keyId, requestId: first.call.requestId })).toEqual([]);
    expect(await read({ tenantId: tenant, model: 'never' })).toEqual([]);
    expect((await read({ tenantId: tenant, model: first.call.model, atLeastNanoUsd: 15n })).map(({ amountNanoUsd }) => amountNanoUsd)).toEqual([-15n]);
    expect((await read({ tenantId: tenant, atLeastNanoUsd: 15n })).map(({ kind }) => kind)).toEqual(['usage', 'credit']);
    expect(await read({ tenantId: tenant, keyId, from: new Date(Date.now() + 60_000) })).toEqual([]);
    expect(await codeOf(new Ledger(book.pool).page({ tenantId: null, keyId }, { limit: 1, cursor: 'x' }))).toBe('INVALID_REQUEST');
  });

  it('and rare movements and failed calls are found by their indexes', async () => {
    const plans: string[] = [];
    const explained = { query: async (text: string, values: unknown[] = []) => (plans.push(JSON.stringify(await book.rows(`explain ${text}`, values))), book.rows(text, values)) };
    await book.rows('set enable_seqscan = off');
    await new Ledger(explained).page({ tenantId: await book.tenant('prepaid'), kind: 'credit' }, { limit: 9, cursor: null });
    await new UsageRecords(explained).page({ tenantId: null, errorCode: 'NEVER' }, { limit: 9, cursor: null });
    expect(plans[0]).toContain('ledger_entries_of_few');
    expect(plans[1]).toMatch(/usage_records_\w*by_error|error_code_started_at_id_idx/);
  });
});

describe('usage records', () => {
  it('are filtered by what a call was', async () => {
    const tenant = await book.tenant('internal');
    const { settler } = book.pod();
    const [one, other] = [aHold(tenant, 0n, 'internal'), aHold(tenant, 0n, 'internal')];
    await settler.settle(anAnswer(one, 5n));
    await settler.release(other, { status: 504, errorCode: 'UPSTREAM_TIMEOUT', attempts: 2 });
    await settler.idle();
    const ids = async (filter: object) => (await new UsageRecords(book.pool).page({ tenantId: tenant, ...filter }, { limit: 9, cursor: null })).rows.map(({ id }) => id);
    expect(await ids({ requestId: one.call.requestId })).toEqual([one.call.requestId]);
    expect(await ids({ keyId: other.call.keyId ?? '' })).toEqual([other.call.requestId]);
    expect(await ids({ errorCode: 'UPSTREAM_TIMEOUT' })).toEqual([other.call.requestId]);
    expect(await ids({ model: 'demo', status: 200, provider: 'simulator', channel: 'external', tags: { team: 'a' }, from: one.call.startedAt })).toEqual([one.call.requestId]);
    expect(await ids({ tags: { team: 'b' } })).toEqual([]);
  });
});

describe('a credit', () => {
  it('is added once per idempotency key', async () => {
    const tenant = await book.tenant('prepaid');
    const credit = { tenantId: tenant, amountNanoUsd: 25n, idempotencyKey: 'k', note: 'welcome' };
    const [first, ...again] = await Promise.all([accounts.credit(credit), accounts.credit(credit), accounts.credit(credit)]);
    expect([first, ...again].filter(({ fresh }) => fresh)).toHaveLength(1);
    expect(new Set([first, ...again].map(({ entry }) => entry.id)).size).toBe(1);
    expect(first?.entry).toMatchObject({ tenantId: tenant, kind: 'credit', amountNanoUsd: 25n, balanceNanoUsd: 25n, note: 'welcome' });
    expect(await accounts.balance(tenant)).toEqual({ postedNanoUsd: 25n, heldNanoUsd: 0n, availableNanoUsd: 25n, frozen: null });
    expect(await codeOf(accounts.credit({ ...credit, amountNanoUsd: 26n }))).toBe('IDEMPOTENCY_CONFLICT');
    expect(await codeOf(accounts.credit({ ...credit, idempotencyKey: 'k2', amountNanoUsd: -1n }))).toBe('VALIDATION_FAILED');
    expect(await codeOf(accounts.credit({ ...credit, tenantId: '01a205a4-be0f-79d6-8c19-ea5017bc08fd' }))).toBe('NOT_FOUND');
  });

  it('may be taken back by an adjustment, but not more than there is', async () => {
    const tenant = await book.tenant('prepaid', 25n);
    const adjustment = { tenantId: tenant, note: 'mistake', kind: 'adjustment' } as const;
    expect(await codeOf(accounts.credit({ ...adjustment, amountNanoUsd: -26n, idempotencyKey: 'a' }))).toBe('CONFLICT');
    expect((await accounts.credit({ ...adjustment, amountNanoUsd: -25n, idempotencyKey: 'b' })).entry.balanceNanoUsd).toBe(0n);
  });
});

describe('a tenant', () => {
  it('that owes cannot become prepaid', async () => {
    const tenant = await book.tenant('postpaid');
    await accounts.credit({ tenantId: tenant, amountNanoUsd: -5n, idempotencyKey: 'a', note: null, kind: 'adjustment' });
    await expect(book.rows("update tenants set billing = 'prepaid' where id = $1", [tenant])).rejects.toThrow('accounts_prepaid_are_never_overdrawn');
  });
});

describe('reconciliation', () => {
  it('agrees with a book that is right, and reads only what is new the next time', async () => {
    const tenant = await book.tenant('prepaid', 1_000n);
    const reconciler = new Reconciler({ sql: book.pool, log: SILENT });
    expect(await reconciler.run()).toEqual([]);
    await book.rows('select billing_credit($1, 5, $2, null)', [tenant, 'second']);
    expect(await reconciler.run()).toEqual([]);
    expect(await reconciler.run({ fromStart: true })).toEqual([]);
    expect(await book.rows('select posted_nano from account_checkpoints where tenant_id = $1', [tenant])).toEqual([{ posted_nano: '1005' }]);
  });

  it('raises the alarm for an account that differs, freezes it and changes nothing', async () => {
    const tenant = await book.tenant('prepaid', 1_000n);
    const alarms: string[] = [];
    await book.rows('update accounts set posted_nano = posted_nano + 7, held_nano = 3 where tenant_id = $1', [tenant]);
    const found = { tenantId: tenant, postedNanoUsd: 1_007n, ledgerNanoUsd: 1_000n, heldNanoUsd: 3n, holdsNanoUsd: 0n };
    expect(await new Reconciler({ sql: book.pool, log: SILENT, onDifference: ({ tenantId }) => alarms.push(tenantId) }).run()).toEqual([found]);
    expect(alarms).toEqual([tenant]);
    expect(await accounts.balance(tenant)).toMatchObject({ postedNanoUsd: 1_007n, frozen: { reason: 'the book differs: posted 0.000001007 USD, ledger 0.000001 USD; held 0.000000003 USD, holds 0 USD' } });
    await book.rows('update accounts set posted_nano = posted_nano - 7, held_nano = 0 where tenant_id = $1', [tenant]);
    expect(await accounts.unfreeze(tenant)).toBe(true);
    expect((await accounts.balance(tenant))?.frozen).toBeNull();
  });
});

describe('partitions', () => {
  it('take in what had to wait in the default one', async () => {
    const tenant = await book.tenant('internal');
    const { settler } = book.pod();
    const next = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() + 3, 15));
    const id = `${next.getTime().toString(16).padStart(12, '0').replace(/^(.{8})/, '$1-')}-7000-8000-000000000001`;
    await settler.settle(anAnswer(aHold(tenant, 0n, 'internal', id), 5n));
    await settler.idle();
    expect(await book.rows('select from usage_records_default')).toHaveLength(1);
    expect(await book.rows('select ensure_usage_partitions(4)')).toHaveLength(3);
    expect(await book.rows('select from usage_records_default')).toHaveLength(0);
    expect(await book.rows('select id from usage_records where id = $1', [id])).toEqual([{ id }]);
    expect(await book.rows('select ensure_usage_partitions(4)')).toHaveLength(0);
  });
});
