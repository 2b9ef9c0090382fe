import type { NanoUsd } from '@higress/kernel';
import { rowsOf, type Sql } from '../postgres/sql';
import { Conditions } from './conditions';
import { type LedgerEntry, type LedgerKind, type LedgerRow, toLedgerEntry } from './ledger-entry';
import { type Page, type PageRequest, readCursor, toPage } from './page';
import { UsageRecords } from './usage.repository';

export interface LedgerFilter {
  /** Null for all tenants. */
  readonly tenantId: string | null;
  readonly kind?: LedgerKind;
  readonly requestId?: string;
  /** Movements that calls with this key made. */
  readonly keyId?: string;
  /** Movements that calls of this model made. */
  readonly model?: string;
  /** Movements of at least so much, in whichever direction. */
  readonly atLeastNanoUsd?: NanoUsd;
  /** From this moment on; with a key or a model, of calls that began from then on. */
  readonly from?: Date;
  /** Before this moment; likewise. */
  readonly to?: Date;
}

const SELECT = 'select id, at, tenant_id, request_id, kind, amount_nano, balance_nano, note from ledger_entries';
/** Calls that one page looks through, where it looks through calls: few of them may have the movements that are asked for. */
const CALLS_AT_ONCE = 1_000;
const MOST_CALLS = 20_000;

/** The movements of accounts, newest first. */
export class Ledger {
  constructor(private readonly sql: Sql) {}

  /**
   * With a key or a model in the filter: by the start of the calls, newest first, with all movements of a call in one page. Such a page may have fewer rows than asked for,
   * or one or two more; only the last one has no cursor.
   * @throws DomainError INVALID_REQUEST for a cursor that is none
   */
  async page(filter: LedgerFilter, request: PageRequest): Promise<Page<LedgerEntry>> {
    return filter.keyId === undefined && filter.model === undefined ? this.#straight(filter, request) : this.#throughCalls(filter, request);
  }

  async #straight(filter: LedgerFilter, { limit, cursor }: PageRequest): Promise<Page<LedgerEntry>> {
    const conditions = conditionsOn(filter)
      .add('id >= ?', filter.from && firstIdOf(filter.from))
      .add('id < ?', filter.to && firstIdOf(filter.to))
      .add('id < ?', cursor === null ? null : readCursor(cursor));
    const rows = await rowsOf<LedgerRow>(this.sql, `${SELECT} ${conditions.where} order by id desc limit ${limit + 1}`, conditions.values);
    return toPage(rows.map(toLedgerEntry), limit);
  }

  /** The ledger knows no keys and models, the calls do: they are read as usage is, and the movements of each looked up by its id. */
  async #throughCalls(filter: LedgerFilter, { limit, cursor: first }: PageRequest): Promise<Page<LedgerEntry>> {
    const { tenantId, requestId, keyId, model, from, to } = filter;
    const calls = new UsageRecords(this.sql);
    const entries: LedgerEntry[] = [];
    let cursor = first;
    for (let looked = 0; looked < MOST_CALLS; looked += CALLS_AT_ONCE) {
      const { rows, nextCursor } = await calls.page({ tenantId, requestId, keyId, model, from, to }, { limit: CALLS_AT_ONCE, cursor });
      const byCall = await this.#ofCalls(filter, rows.map(({ id }) => id));
      for (const [at, { id }] of rows.entries()) {
        entries.push(...(byCall.get(id) ?? []));
        if (entries.length >= limit) return { rows: entries, nextCursor: at + 1 < rows.length || nextCursor !== null ? id : null };
      }
      cursor = nextCursor;
      if (cursor === null) break;
    }
    return { rows: entries, nextCursor: cursor };
  }

  async #ofCalls(filter: LedgerFilter, ids: readonly string[]): Promise<Map<string, LedgerEntry[]>> {
    const conditions = conditionsOn(filter).add('request_id = any (?)', ids);
    const byCall = new Map<string, LedgerEntry[]>();
    for (const row of ids.length === 0 ? [] : await rowsOf<LedgerRow>(this.sql, `${SELECT} ${conditions.where} order by id desc`, conditions.values)) {
      const entry = toLedgerEntry(row);
      byCall.set(row.request_id as string, [...(byCall.get(row.request_id as string) ?? []), entry]);
    }
    return byCall;
  }
}

function conditionsOn({ tenantId, kind, requestId, atLeastNanoUsd }: LedgerFilter): Conditions {
  return new Conditions()
    .add('tenant_id = ?', tenantId)
    .add('kind = ?', kind)
    // Said in so many words, because the index on what is no settled call is asked for by them.
    .addText(kind !== undefined && kind !== 'usage' && "kind <> 'usage'")
    .add('request_id = ?', requestId)
    .add('abs(amount_nano) >= ?', atLeastNanoUsd);
}

/** The least id of that millisecond: ids begin with their moment, and the index is in their order. */
function firstIdOf(moment: Date): string {
  const ms = Math.max(0, moment.getTime()).toString(16).padStart(12, '0');
  return `${ms.slice(0, 8)}-${ms.slice(8, 12)}-0000-0000-000000000000`;
}
