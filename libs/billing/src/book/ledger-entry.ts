import type { NanoUsd } from '@higress/kernel';

/**
 * `usage`: a settled call. `expired`: one that nobody settled in time, at its last progress. `correction`: what its late settle changed.
 * `credit` and `adjustment`: by a person.
 */
export const LEDGER_KINDS = ['usage', 'expired', 'correction', 'credit', 'adjustment'] as const;
export type LedgerKind = (typeof LEDGER_KINDS)[number];

/** One movement of an account. Never changes. */
export interface LedgerEntry {
  /** A UUIDv7 that grows within an account. */
  readonly id: string;
  readonly at: Date;
  readonly tenantId: string;
  readonly requestId: string | null;
  readonly kind: LedgerKind;
  /** Charges are negative. */
  readonly amountNanoUsd: NanoUsd;
  /** What was posted on the account after it. */
  readonly balanceNanoUsd: NanoUsd;
  readonly note: string | null;
}

export interface LedgerRow {
  id: string;
  at: Date;
  tenant_id: string;
  request_id: string | null;
  kind: LedgerKind;
  amount_nano: string;
  balance_nano: string;
  note: string | null;
}

export function toLedgerEntry(row: LedgerRow): LedgerEntry {
  return {
    id: row.id,
    at: row.at,
    tenantId: row.tenant_id,
    requestId: row.request_id,
    kind: row.kind,
    amountNanoUsd: BigInt(row.amount_nano),
    balanceNanoUsd: BigInt(row.balance_nano),
    note: row.note,
  };
}
