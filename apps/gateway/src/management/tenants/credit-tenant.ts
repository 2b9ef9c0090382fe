import { Accounts, type LedgerEntry } from '@higress/billing';
import type { Desk, Requester } from '@higress/database';
import { formatUsd, type NanoUsd } from '@higress/kernel';

export interface TenantCredit {
  readonly tenantId: string;
  readonly amountNanoUsd: NanoUsd;
  readonly note: string | null;
  readonly idempotencyKey: string;
}

/** Adds money, or takes it where the amount is negative (an adjustment), once per idempotency key, and writes into the audit who did. The second time gives the first entry. */
export class CreditTenant {
  constructor(private readonly desk: Desk) {}

  /** @throws DomainError NOT_FOUND, IDEMPOTENCY_CONFLICT when the key came with another amount, CONFLICT where a prepaid account would be overdrawn */
  run(by: Requester, { tenantId, amountNanoUsd, note, idempotencyKey }: TenantCredit): Promise<LedgerEntry> {
    return this.desk.change(by, async (tx) => {
      const { entry, fresh } = await new Accounts(tx).credit({ tenantId, amountNanoUsd, idempotencyKey: `api:${idempotencyKey}`, note, kind: amountNanoUsd < 0n ? 'adjustment' : 'credit' });
      const after = { amount_usd: formatUsd(amountNanoUsd), note, ledger_entry: entry.id };
      return { value: entry, audit: fresh ? { tenantId, action: amountNanoUsd < 0n ? 'tenant.adjusted' : 'tenant.credited', subjectType: 'tenant', subjectId: tenantId, after } : null };
    });
  }
}
