import { noteBounds } from '@higress/auth';
import { type BudgetOwner, Budgets, type BudgetState } from '@higress/billing';
import { ApiKeyEntity, type Desk, type Requester } from '@higress/database';
import { DomainError, readBudget, type WrittenBudget, writeAmount } from '@higress/kernel';
import type { EntityManager } from 'typeorm';

/** What a budget may belong to. */
export type OwnerKind = 'tenant' | 'key';

const FIND = {
  tenant: 'select id as "tenantId", null as "keyId" from tenants where id = $1',
  key: 'select tenant_id as "tenantId", id as "keyId" from api_keys where id = $1',
} as const satisfies Record<OwnerKind, string>;
const TITLES = { tenant: 'tenant', key: 'API key' } as const satisfies Record<OwnerKind, string>;

/** The budgets of tenants and keys, as far as the requester sees them. A change is felt by every gateway within a second. */
export class ManagedBudgets {
  constructor(private readonly desk: Desk) {}

  /** @throws DomainError NOT_FOUND */
  read(by: Requester, kind: OwnerKind, id: string): Promise<BudgetState[]> {
    return this.desk.read(by, async (tx) => new Budgets(tx).of(await find(tx, kind, id)));
  }

  /** @throws DomainError NOT_FOUND; CONFLICT where gateway.yaml declares the budgets */
  replace(by: Requester, kind: OwnerKind, id: string, wanted: readonly WrittenBudget[]): Promise<BudgetState[]> {
    return this.desk.change(by, async (tx) => {
      const owner = await find(tx, kind, id);
      const budgets = new Budgets(tx);
      const before = await budgets.of(owner);
      if (before.some(({ managedBy }) => managedBy === 'file')) throw new DomainError('CONFLICT', { message: `gateway.yaml declares the budgets of this ${TITLES[kind]}: change them there.` });
      const changed = await budgets.replace(owner, wanted.map(readBudget));
      if (kind === 'key' && changed) await noteBounds(tx, by, await tx.findOneByOrFail(ApiKeyEntity, { id }));
      const value = await budgets.of(owner);
      if (!changed) return { value, audit: null };
      const audit = { tenantId: owner.tenantId, action: `${kind}.budgets_set`, subjectType: kind, subjectId: id, before: { budgets: before.map(shown) }, after: { budgets: value.map(shown) } };
      return { value, audit, announce: [['key-changed', kind === 'key' ? { keyId: id } : { tenantId: id }]] };
    });
  }
}

async function find(tx: EntityManager, kind: OwnerKind, id: string): Promise<BudgetOwner> {
  const [owner] = await tx.query<BudgetOwner[]>(FIND[kind], [id]);
  if (!owner) throw new DomainError('NOT_FOUND', { message: `There is no such ${TITLES[kind]}.` });
  return owner;
}

function shown({ period, unit, cap }: BudgetState): WrittenBudget {
  return { period, unit, limit: writeAmount(unit, cap) };
}
