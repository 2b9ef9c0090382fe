import { Accounts, type LedgerEntry } from '@higress/billing';
import { appendAudit, type Actor } from '@higress/database';
import { formatUsd, type NanoUsd } from '@higress/kernel';
import type { DataSource } from 'typeorm';

export interface TenantCredit {
  readonly tenantId: string;
  readonly amountNanoUsd: NanoUsd;
  readonly note: string | null;
  readonly idempotencyKey: string;
}

/** Adds money once per idempotency key, and writes into the audit who did. The second time gives the first entry. */
export class CreditTenant {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws DomainError NOT_FOUND, IDEMPOTENCY_CONFLICT when the key came with another amount */
  run(actor: Actor, { tenantId, amountNanoUsd, note, idempotencyKey }: TenantCredit): Promise<LedgerEntry> {
    return this.dataSource.transaction(async (manager) => {
      const { entry, fresh } = await new Accounts(manager).credit({ tenantId, amountNanoUsd, idempotencyKey: `api:${idempotencyKey}`, note });
      const after = { amount_usd: formatUsd(amountNanoUsd), note, ledger_entry: entry.id };
      if (fresh) await appendAudit(manager, { tenantId, actor, action: 'tenant.credited', subjectType: 'tenant', subjectId: tenantId, after });
      return entry;
    });
  }
}
