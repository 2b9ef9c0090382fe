import { CredentialEntity, type Sealer } from '@higress/database';
import { uuidv7 } from '@higress/kernel';
import type { EntityManager } from 'typeorm';
import { fingerprint } from '../fingerprint';
import { credentialPlace } from '../seal-places';
import { findRow, findRowToChange } from './find-row';
import { refuseRepeat } from './refuse-repeat';

export interface NewCredential {
  readonly value: string;
  readonly weight: number;
}
export type CredentialPatch = Partial<NewCredential & Pick<CredentialEntity, 'status'>>;

const sameValue = refuseRepeat('credentials_are_kept_once', 'value', 'The provider has this credential already.');

/** The credentials of providers. Their values go in and never come out: they are sealed, each for its own row. */
export class Credentials {
  constructor(private readonly keys: { readonly sealer: Sealer; readonly pepper: Buffer }) {}

  list(manager: EntityManager, providerId: string): Promise<CredentialEntity[]> {
    return manager.find(CredentialEntity, { where: { providerId }, order: { id: 'ASC' } });
  }

  /** @throws DomainError NOT_FOUND */
  get(manager: EntityManager, id: string): Promise<CredentialEntity> {
    return findRow(manager, CredentialEntity, id, 'credential');
  }

  /** Its row, locked. @throws DomainError NOT_FOUND, or CONFLICT for what gateway.yaml owns */
  toChange(manager: EntityManager, id: string): Promise<CredentialEntity> {
    return findRowToChange(manager, CredentialEntity, id, 'credential');
  }

  /** @throws DomainError CONFLICT when the provider has this value already */
  create(manager: EntityManager, providerId: string, { value, weight }: NewCredential): Promise<CredentialEntity> {
    const id = uuidv7();
    return manager.save(CredentialEntity, manager.create(CredentialEntity, { id, providerId, weight, ...this.#kept(id, value) })).catch(sameValue);
  }

  /** @throws DomainError CONFLICT when the provider has this value already */
  change(manager: EntityManager, row: CredentialEntity, { value, ...same }: CredentialPatch): Promise<CredentialEntity> {
    return manager.save(CredentialEntity, { ...row, ...same, ...(value !== undefined && this.#kept(row.id, value)) }).catch(sameValue);
  }

  async remove(manager: EntityManager, { id }: CredentialEntity): Promise<void> {
    await manager.delete(CredentialEntity, { id });
  }

  #kept(id: string, value: string): Pick<CredentialEntity, 'valueSealed' | 'fingerprint'> {
    return { valueSealed: this.keys.sealer.seal(value, credentialPlace(id)), fingerprint: fingerprint(this.keys.pepper, value) };
  }
}
