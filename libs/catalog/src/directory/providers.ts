import { pageById, ProviderEntity, type Page, type PageRequest, type Sealer } from '@higress/database';
import { DomainError, uuidv7 } from '@higress/kernel';
import type { EntityManager } from 'typeorm';
import { storedTimeouts } from '../apply/apply-providers';
import type { FileProvider } from '../gateway-file/gateway-file.schema';
import { sealHeaders } from '../provider-headers';
import { findRow, findRowToChange } from './find-row';
import { refuseRepeat } from './refuse-repeat';

export type NewProvider = Omit<FileProvider, 'credentials'>;

const sameName = refuseRepeat('providers_name_is_unique', 'name', 'A provider of this name is there already.');

/**
 * Providers as operators edit them, each within the transaction of its change. Their credentials are in {@link Credentials}. The values of their headers go in and never
 * come out: they are sealed.
 */
export class Providers {
  constructor(private readonly sealer: Sealer) {}

  list(manager: EntityManager, page: PageRequest): Promise<Page<ProviderEntity>> {
    return pageById(manager.getRepository(ProviderEntity).createQueryBuilder('provider'), page);
  }

  /** @throws DomainError NOT_FOUND */
  get(manager: EntityManager, id: string): Promise<ProviderEntity> {
    return findRow(manager, ProviderEntity, id, 'provider');
  }

  /** Its row, locked. @throws DomainError NOT_FOUND, or CONFLICT for what gateway.yaml owns */
  toChange(manager: EntityManager, id: string): Promise<ProviderEntity> {
    return findRowToChange(manager, ProviderEntity, id, 'provider');
  }

  /** @throws DomainError CONFLICT when the name is taken */
  create(manager: EntityManager, wanted: NewProvider): Promise<ProviderEntity> {
    const id = uuidv7();
    return manager.save(ProviderEntity, manager.create(ProviderEntity, { id, baseUrl: '', ...this.#columns(id, wanted) })).catch(sameName);
  }

  /** @throws DomainError CONFLICT when the name is taken, VALIDATION_FAILED when nothing would be left to call */
  change(manager: EntityManager, row: ProviderEntity, patch: Partial<NewProvider>): Promise<ProviderEntity> {
    const changed = { ...row, ...this.#columns(row.id, patch) };
    if (changed.dialect !== 'simulator' && changed.baseUrl === '') throw new DomainError('VALIDATION_FAILED', { param: 'base_url', details: [{ path: 'base_url', message: 'is needed: only the simulator has none' }] });
    return manager.save(ProviderEntity, changed).catch(sameName);
  }

  /** With its credentials. @throws DomainError CONFLICT while deployments need it */
  async remove(manager: EntityManager, { id }: ProviderEntity): Promise<void> {
    const [row] = await manager.query<{ deployments: number }[]>('select count(*)::int as deployments from deployments where provider_id = $1', [id]);
    const deployments = row?.deployments ?? 0;
    if (deployments > 0) throw new DomainError('CONFLICT', { message: `It serves ${deployments} ${deployments === 1 ? 'deployment' : 'deployments'}: delete these first, or disable the provider.` });
    await manager.delete(ProviderEntity, { id });
  }

  /** The columns that are named, and no other. */
  #columns(id: string, { base_url, timeouts, headers, ...same }: Partial<NewProvider>): Partial<ProviderEntity> {
    return {
      ...same,
      ...(base_url !== undefined && { baseUrl: base_url }),
      ...(timeouts !== undefined && { timeouts: storedTimeouts(timeouts) }),
      ...(headers !== undefined && sealHeaders(this.sealer, id, headers)),
    };
  }
}
