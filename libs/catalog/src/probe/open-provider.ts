import { CredentialEntity, ProviderEntity, type Sealer } from '@higress/database';
import { Secret, type Credential, type Provider } from '@higress/kernel';
import type { EntityManager } from 'typeorm';
import { findRow } from '../directory/find-row';
import { toTimeouts } from '../load-snapshot';
import { openHeaders } from '../provider-headers';
import { credentialPlace } from '../seal-places';

/**
 * A provider as it is in the database, disabled or not, with its active credentials opened. For operators who try it: calls are made from the snapshot.
 * @throws DomainError NOT_FOUND, UnsealError when a credential was sealed with a key that is not loaded
 */
export async function openProvider(manager: EntityManager, sealer: Sealer, id: string): Promise<Provider> {
  const row = await findRow(manager, ProviderEntity, id, 'provider');
  const { name, dialect, baseUrl, timeouts } = row;
  const rows = await manager.find(CredentialEntity, { where: { providerId: id, status: 'active' }, order: { id: 'ASC' } });
  const credentials: Credential[] = rows.map(({ id: credentialId, weight, valueSealed }) => ({ id: credentialId, weight, value: new Secret(sealer.open(valueSealed, credentialPlace(credentialId)).toString()) }));
  return { id, name, dialect, baseUrl, headers: openHeaders(sealer, row), timeouts: toTimeouts(timeouts), credentials };
}
