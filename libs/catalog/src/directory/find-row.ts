import { refuseFileOwned } from '@higress/database';
import { DomainError, isUuid } from '@higress/kernel';
import type { EntityManager, EntityTarget, FindOptionsWhere } from 'typeorm';

interface Row {
  readonly id: string;
  readonly managedBy: 'api' | 'file';
}

/** @param what how people call it, such as `provider` @throws DomainError NOT_FOUND */
export async function findRow<T extends Row>(manager: EntityManager, entity: EntityTarget<T>, id: string, what: string): Promise<T> {
  const row = isUuid(id) ? await manager.findOneBy(entity, { id } as FindOptionsWhere<T>) : null;
  return row ?? notFound(what);
}

/**
 * The row, locked until the transaction ends, so that what its change is decided by stays true.
 * @throws DomainError NOT_FOUND, or CONFLICT for what gateway.yaml owns
 */
export async function findRowToChange<T extends Row>(manager: EntityManager, entity: EntityTarget<T>, id: string, what: string): Promise<T> {
  const row = (await manager.findOne(entity, { where: { id } as FindOptionsWhere<T>, lock: { mode: 'pessimistic_write' } })) ?? notFound(what);
  refuseFileOwned(row);
  return row;
}

function notFound(what: string): never {
  throw new DomainError('NOT_FOUND', { message: `There is no such ${what}.` });
}
