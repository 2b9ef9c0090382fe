import { canonicalJson, type Desk, refuseFileOwned, type Requester, TenantEntity, violates } from '@higress/database';
import { type BillingMode, DomainError, type Limits } from '@higress/kernel';
import { lockOwners, mustLeaveAnOwner } from './person';

export interface TenantPatch {
  readonly name?: string;
  readonly billing?: BillingMode;
  readonly status?: 'active' | 'disabled';
  readonly limits?: Limits;
}

const FIELDS = ['name', 'billing', 'status', 'limits'] as const satisfies readonly (keyof TenantPatch)[];

/** What happens to tenants after they were made. Every process feels it within a second. */
export class TenantEditor {
  constructor(private readonly desk: Desk) {}

  /**
   * Changes what is named, and nothing else.
   * @param check looks at the locked row, and throws where it is not what the caller thinks it is
   * @throws DomainError NOT_FOUND; CONFLICT for a tenant of gateway.yaml, a name that is taken, one that owes and would be prepaid, and one whose end
   * would leave no owner who can sign in
   */
  change(by: Requester, id: string, patch: TenantPatch, check: (row: TenantEntity) => void = () => undefined): Promise<TenantEntity> {
    return this.desk
      .change(by, async (tx) => {
        if (patch.status === 'disabled') await lockOwners(tx);
        const row = by.tenantId === null || by.tenantId === id ? await tx.findOne(TenantEntity, { where: { id }, lock: { mode: 'pessimistic_write' } }) : null;
        if (!row) throw new DomainError('NOT_FOUND', { message: 'There is no such tenant.' });
        refuseFileOwned(row);
        check(row);
        if (patch.status === 'disabled') await mustLeaveAnOwner(tx, id);
        const changed = FIELDS.filter((field) => patch[field] !== undefined && canonicalJson(patch[field]) !== canonicalJson(row[field]));
        if (changed.length === 0) return { value: row, audit: null };
        const pick = (from: TenantPatch) => Object.fromEntries(changed.map((field) => [field, from[field]]));
        const value = await tx.save(TenantEntity, { ...row, ...pick(patch) });
        return {
          value,
          audit: { tenantId: id, action: 'tenant.changed', subjectType: 'tenant', subjectId: id, before: pick(row as TenantPatch), after: pick(patch) },
          announce: [['key-changed', { tenantId: id }]],
        };
      })
      .catch(explain);
  }
}

function explain(error: unknown): never {
  if (violates(error, 'tenants_name_is_unique')) throw new DomainError('CONFLICT', { param: 'name', message: 'A tenant of this name is there already.' });
  if (violates(error, 'accounts_prepaid_are_never_overdrawn')) throw new DomainError('CONFLICT', { param: 'billing', message: 'The tenant owes more than it has: add credit before it becomes prepaid.' });
  throw error;
}
