import { readBudget, type WrittenBudget, writeAmount } from '@higress/kernel';
import type { EntityManager } from 'typeorm';
import type { ChangeReport } from './change-report';

/** A tenant or a key of the file, and what the file says of its budgets: nothing, or all of them. */
export interface BudgetOwner {
  readonly kind: 'tenant' | 'key';
  readonly title: string;
  readonly tenantId: string;
  readonly keyId: string | null;
  readonly budgets: readonly WrittenBudget[] | undefined;
}

interface Known {
  readonly owner_id: string;
  readonly period: WrittenBudget['period'];
  readonly unit: WrittenBudget['unit'];
  readonly cap: string;
  readonly managed_by: 'api' | 'file';
}

/**
 * Budgets of tenants and keys. Where the file names some, they are the only ones; where it names none, those that it named before are taken away, and those of the
 * API are left alone. After everything that locks accounts.
 */
export async function applyBudgets(manager: EntityManager, report: ChangeReport, owners: readonly BudgetOwner[]): Promise<void> {
  // All at once and in order of their ids, as calls lock them: one after the other could meet a call half-way.
  const known = await manager.query<Known[]>('select owner_id, period, unit, cap, managed_by from budgets where owner_id = any ($1) order by id for update', [owners.map(idOf)]);
  for (const owner of owners) {
    const before = known.filter(({ owner_id }) => owner_id === idOf(owner));
    if (owner.budgets === undefined && !before.some(({ managed_by }) => managed_by === 'file')) continue;
    await applyOne(manager, report, owner, before);
  }
}

async function applyOne(manager: EntityManager, report: ChangeReport, owner: BudgetOwner, before: readonly Known[]): Promise<void> {
  const { kind, title, tenantId, keyId, budgets = [] } = owner;
  const wanted = budgets.map(readBudget).map(({ period, unit, cap }) => [period, unit, cap.toString()]);
  const [row] = await manager.query<{ changed: boolean }[]>(`select replace_budgets($1, $2, $3, 'file') as changed`, [tenantId, keyId, JSON.stringify(wanted)]);
  if (!row?.changed) return;
  const shown = before.map(({ period, unit, cap }) => ({ period, unit, limit: writeAmount(unit, BigInt(cap)) }));
  report.add({ verb: before.length > 0 ? 'updated' : 'created', kind: `${kind} budgets`, id: idOf(owner), title: `of ${title}`, tenantId, before: { budgets: shown }, after: { budgets } });
  report.news.push(['key-changed', keyId === null ? { tenantId } : { keyId }]);
}

const idOf = ({ tenantId, keyId }: BudgetOwner) => keyId ?? tenantId;
