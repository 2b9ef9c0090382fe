import { type Desk, type Page, pageById, type PageRequest, type Requester, TenantEntity, violates } from '@higress/database';
import { DomainError, uuidv7, type BillingMode, type Limits } from '@higress/kernel';

export interface NewTenant {
  readonly name: string;
  readonly billing: BillingMode;
  readonly limits: Limits;
}

/** Tenants, as far as the requester sees them. */
export class Tenants {
  constructor(private readonly desk: Desk) {}

  /** @throws DomainError CONFLICT when the name is taken */
  async create(by: Requester, { name, billing, limits }: NewTenant): Promise<TenantEntity> {
    const id = uuidv7();
    return this.desk
      .change(by, async (tx) => {
        const value = await tx.save(TenantEntity, tx.create(TenantEntity, { id, name, billing, limits }));
        return { value, audit: { tenantId: id, action: 'tenant.created', subjectType: 'tenant', subjectId: id, after: { name, billing, limits } } };
      })
      .catch((error: unknown) => {
        throw violates(error, 'tenants_name_is_unique') ? new DomainError('CONFLICT', { param: 'name', message: 'A tenant of this name is there already.' }) : error;
      });
  }

  /** @throws DomainError NOT_FOUND */
  async get(by: Requester, id: string): Promise<TenantEntity> {
    const row = by.tenantId === null || by.tenantId === id ? await this.desk.read(by, (tx) => tx.findOneBy(TenantEntity, { id })) : null;
    if (!row) throw new DomainError('NOT_FOUND', { message: 'There is no such tenant.' });
    return row;
  }

  list(by: Requester, page: PageRequest): Promise<Page<TenantEntity>> {
    return this.desk.read(by, (tx) => {
      const query = tx.createQueryBuilder(TenantEntity, 'tenant');
      if (by.tenantId !== null) query.where('tenant.id = :tenantId', { tenantId: by.tenantId });
      return pageById(query, page);
    });
  }
}
