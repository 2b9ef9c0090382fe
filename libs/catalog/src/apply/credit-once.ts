import { formatUsd } from '@higress/kernel';
import type { EntityManager } from 'typeorm';
import type { ChangeReport } from './change-report';

/** Adds the opening credit to a tenant's account unless it got one before, even of another amount: it is paid once. */
export async function creditOnce(manager: EntityManager, report: ChangeReport, { id, name, amountNanoUsd }: { id: string; name: string; amountNanoUsd: bigint }): Promise<void> {
  const key = `opening:${id}`;
  const paid = await manager.query<unknown[]>('select 1 from ledger_entries where tenant_id = $1 and idempotency_key = $2', [id, key]);
  if (paid.length > 0) return;
  const [entry] = await manager.query<{ id: string }[]>('select id from billing_credit($1, $2, $3, $4)', [id, amountNanoUsd.toString(), key, 'opening credit']);
  report.add({ verb: 'created', kind: 'credit', id: entry?.id ?? key, title: `of ${name}`, tenantId: id, after: { amount_usd: formatUsd(amountNanoUsd) } });
}
