import { DomainError, type NanoUsd } from '@higress/kernel';
import { rowsOf, type Sql } from '../postgres/sql';
import { sqlState } from '../postgres/sql-state';
import type { Balance } from './balance';
import { type LedgerEntry, type LedgerRow, toLedgerEntry } from './ledger-entry';

/** Money that a person adds or takes. */
export interface Credit {
  readonly tenantId: string;
  /** More than 0 for a credit; anything but 0 for an adjustment. */
  readonly amountNanoUsd: NanoUsd;
  /** The same key adds the money once, however often it comes. */
  readonly idempotencyKey: string;
  readonly note: string | null;
  readonly kind?: 'credit' | 'adjustment';
}

/** What tenants have. Works inside a transaction too: give it the transaction's `EntityManager`. */
export class Accounts {
  constructor(private readonly sql: Sql) {}

  /** Null for a tenant that does not exist. */
  async balance(tenantId: string): Promise<Balance | null> {
    const [row] = await rowsOf<{ posted_nano: string; held_nano: string; frozen_at: Date | null; frozen_reason: string | null }>(
      this.sql,
      'select posted_nano, held_nano, frozen_at, frozen_reason from accounts where tenant_id = $1',
      [tenantId],
    );
    if (!row) return null;
    const [postedNanoUsd, heldNanoUsd] = [BigInt(row.posted_nano), BigInt(row.held_nano)];
    const frozen = row.frozen_at && { at: row.frozen_at, reason: row.frozen_reason ?? '' };
    return { postedNanoUsd, heldNanoUsd, availableNanoUsd: postedNanoUsd - heldNanoUsd, frozen };
  }

  /**
   * Adds the money, or returns the entry of the first time with `fresh: false`.
   * @throws DomainError NOT_FOUND without such a tenant; IDEMPOTENCY_CONFLICT when the key came with another amount;
   * CONFLICT when the account would be overdrawn; VALIDATION_FAILED for an amount that is no credit
   */
  async credit({ tenantId, amountNanoUsd, idempotencyKey, note, kind = 'credit' }: Credit): Promise<{ entry: LedgerEntry; fresh: boolean }> {
    try {
      const [row] = await rowsOf<Omit<LedgerRow, 'tenant_id' | 'request_id'> & { fresh: boolean }>(this.sql, 'select * from billing_credit($1, $2, $3, $4, $5)', [
        tenantId, amountNanoUsd.toString(), idempotencyKey, note, kind,
      ]);
      if (!row) throw new Error('billing_credit() returned nothing');
      return { entry: toLedgerEntry({ ...row, tenant_id: tenantId, request_id: null }), fresh: row.fresh };
    } catch (error) {
      throw explain(error);
    }
  }

  /** Refuses new calls from now on; running ones are settled. False when there is no such tenant. Keeps the reason of the first freeze. */
  async freeze(tenantId: string, reason: string): Promise<boolean> {
    const rows = await rowsOf(this.sql, 'with frozen as (update accounts set frozen_at = coalesce(frozen_at, now()), frozen_reason = coalesce(frozen_reason, $2) where tenant_id = $1 returning 1) select from frozen', [tenantId, reason]);
    return rows.length === 1;
  }

  /** False when there is no such tenant. */
  async unfreeze(tenantId: string): Promise<boolean> {
    const rows = await rowsOf(this.sql, 'with thawed as (update accounts set frozen_at = null, frozen_reason = null where tenant_id = $1 returning 1) select from thawed', [tenantId]);
    return rows.length === 1;
  }
}

function explain(error: unknown): unknown {
  switch (sqlState(error)) {
    case '23503':
      return new DomainError('NOT_FOUND', { message: 'There is no such tenant.', cause: error });
    case '23505':
      return new DomainError('IDEMPOTENCY_CONFLICT', { message: 'The idempotency key was used for another amount.', cause: error });
    case '23514':
      return new DomainError('CONFLICT', { message: 'The account of a prepaid tenant cannot be overdrawn.', cause: error });
    case '22023':
    case '22003':
      return new DomainError('VALIDATION_FAILED', { message: 'The amount is not possible.', param: 'amount_usd', cause: error });
    default:
      return error;
  }
}
