import { Accounts, type LedgerEntry } from '@higress/billing';
import type { Desk, Requester } from '@higress/database';
import { formatUsd, type NanoUsd } from '@higress/kernel';

export interface TenantCredit {
  readonly tenantId: string;
  readonly amountNanoUsd: NanoUsd;
  readonly kind: 'credit' | 'adjustment';
  readonly note: string | null;
  readonly idempotencyKey: string;
}

/** Adds money, or takes it where an adjustment is negative, once per idempotency key, and writes into the audit who did. The second time gives the first entry. */
export class CreditTenant {
  constructor(private readonly desk: Desk) {}

  /** @throws DomainError NOT_FOUND, IDEMPOTENCY_CONFLICT when the key came with another amount, CONFLICT where a prepaid account would be overdrawn */
  run(by: Requester, { tenantId, amountNanoUsd, kind, note, idempotencyKey }: TenantCredit): Promise<LedgerEntry> {
    return this.desk.change(by, async (tx) => {
      const { entry, fresh } = await new Accounts(tx).credit({ tenantId, amountNanoUsd, idempotencyKey: `api:${idempotencyKey}`, note, kind });
      const after = { amount_usd: formatUsd(amountNanoUsd), note, ledger_entry: entry.id };
      return { value: entry, audit: fresh ? { tenantId, action: kind === 'credit' ? 'tenant.credited' : 'tenant.adjusted', subjectType: 'tenant', subjectId: tenantId, after } : null };
    });
  }
}
