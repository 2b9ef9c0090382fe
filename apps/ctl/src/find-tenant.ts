import { TenantEntity } from '@higress/database';
import { isUuid } from '@higress/kernel';
import type { DataSource } from 'typeorm';
import { Fault } from './fault';

/** The tenant of this name or id. @throws Fault when there is none, naming a few that there are. */
export async function findTenant(database: DataSource, nameOrId: string): Promise<TenantEntity> {
  const tenants = database.getRepository(TenantEntity);
  const found = await tenants.findOneBy(isUuid(nameOrId) ? { id: nameOrId } : { name: nameOrId });
  if (found) return found;
  const some = await tenants.find({ order: { name: 'asc' }, take: 10 });
  const known = some.length > 0 ? `known: ${some.map(({ name }) => name).join(', ')}` : 'there is none at all yet: make one with the API or in gateway.yaml';
  throw new Fault(`There is no tenant “${nameOrId}” (${known}).`);
}
