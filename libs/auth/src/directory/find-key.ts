import { ApiKeyEntity, type Requester } from '@higress/database';
import { DomainError } from '@higress/kernel';
import type { EntityManager } from 'typeorm';

/** The columns that tell which keys a requester may see; Postgres holds them to the same. */
export const visibleTo = ({ tenantId, ownerId }: Requester) => ({ ...(tenantId !== null && { tenantId }), ...(ownerId !== null && { ownerUserId: ownerId }) });

/** The key's row, locked until the transaction ends. @throws DomainError NOT_FOUND */
export async function findKeyToChange(tx: EntityManager, by: Requester, id: string): Promise<ApiKeyEntity> {
  const row = await tx.findOne(ApiKeyEntity, { where: { id, ...visibleTo(by) }, lock: { mode: 'pessimistic_write' } });
  return row ?? noSuchKey();
}

export function noSuchKey(): never {
  throw new DomainError('NOT_FOUND', { message: 'There is no such API key.' });
}
