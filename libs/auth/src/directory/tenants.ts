import { appendAudit, TenantEntity, type Actor } from '@higress/database';
import { DomainError, uuidv7, type BillingMode, type Limits } from '@higress/kernel';
import type { DataSource } from 'typeorm';
import { pageById, type Page, type PageRequest } from './page';
import { violates } from './violates';

export interface NewTenant {
  readonly name: string;
  readonly billing: BillingMode;
  readonly limits: Limits;
}

/** Tenants. Who sees which one is decided by `tenantId`: the only one that may be seen, or null for all. */
export class Tenants {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws DomainError CONFLICT when the name is taken */
  async create(actor: Actor, { name, billing, limits }: NewTenant): Promise<TenantEntity> {
    const id = uuidv7();
    return this.dataSource
      .transaction(async (manager) => {
        const made = await manager.save(TenantEntity, manager.create(TenantEntity, { id, name, billing, limits }));
        await appendAudit(manager, { tenantId: id, actor, action: 'tenant.created', subjectType: 'tenant', subjectId: id, after: { name, billing, limits } });
        return made;
      })
      .catch((error: unknown) => {
        throw violates(error, 'tenants_name_is_unique') ? new DomainError('CONFLICT', { param: 'name', message: 'A tenant of this name is there already.' }) : error;
      });
  }

  /** @throws DomainError NOT_FOUND */
  async get(id: string, tenantId: string | null): Promise<TenantEntity> {
    const row = tenantId === null || tenantId === id ? await this.dataSource.getRepository(TenantEntity).findOneBy({ id }) : null;
    if (!row) throw new DomainError('NOT_FOUND', { message: 'There is no such tenant.' });
    return row;
  }

  list(page: PageRequest, tenantId: string | null): Promise<Page<TenantEntity>> {
    const query = this.dataSource.getRepository(TenantEntity).createQueryBuilder('tenant');
    if (tenantId !== null) query.where('tenant.id = :tenantId', { tenantId });
    return pageById(query, page);
  }
}
