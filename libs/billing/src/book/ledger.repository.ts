import { rowsOf, type Sql } from '../postgres/sql';
import { Conditions } from './conditions';
import { type LedgerEntry, type LedgerKind, type LedgerRow, toLedgerEntry } from './ledger-entry';
import { type Page, type PageRequest, readCursor, toPage } from './page';

export interface LedgerFilter {
  /** Null for all tenants. */
  readonly tenantId: string | null;
  readonly kind?: LedgerKind;
  readonly requestId?: string;
  /** From this moment on. */
  readonly from?: Date;
  /** Before this moment. */
  readonly to?: Date;
}

/** The movements of accounts, newest first. */
export class Ledger {
  constructor(private readonly sql: Sql) {}

  /** @throws DomainError INVALID_REQUEST for a cursor that is none */
  async page(filter: LedgerFilter, { limit, cursor }: PageRequest): Promise<Page<LedgerEntry>> {
    const conditions = new Conditions()
      .add('tenant_id = ?', filter.tenantId)
      .add('kind = ?', filter.kind)
      .add('request_id = ?', filter.requestId)
      .add('id >= ?', filter.from && firstIdOf(filter.from))
      .add('id < ?', filter.to && firstIdOf(filter.to))
      .add('id < ?', cursor === null ? null : readCursor(cursor));
    const rows = await rowsOf<LedgerRow>(
      this.sql,
      `select id, at, tenant_id, request_id, kind, amount_nano, balance_nano, note from ledger_entries ${conditions.where} order by id desc limit ${limit + 1}`,
      conditions.values,
    );
    return toPage(rows.map(toLedgerEntry), limit);
  }
}

/** The least id of that millisecond: ids begin with their moment, and the index is in their order. */
function firstIdOf(moment: Date): string {
  const ms = Math.max(0, moment.getTime()).toString(16).padStart(12, '0');
  return `${ms.slice(0, 8)}-${ms.slice(8, 12)}-0000-0000-000000000000`;
}
