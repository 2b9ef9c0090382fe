import { DeploymentEntity, ModelEntity, pageById, type Page, type PageRequest } from '@higress/database';
import { DomainError, uuidv7 } from '@higress/kernel';
import type { EntityManager } from 'typeorm';
import type { FileModel } from '../gateway-file/gateway-file.schema';
import { findRow, findRowToChange } from './find-row';
import { refuseRepeat } from './refuse-repeat';

export type NewModel = Omit<FileModel, 'deployments'>;

const sameName = refuseRepeat('models_name_is_unique', 'name', 'A model of this name is there already.');

/** Models as operators edit them, each within the transaction of its change. */
export class Models {
  list(manager: EntityManager, page: PageRequest): Promise<Page<ModelEntity>> {
    return pageById(manager.getRepository(ModelEntity).createQueryBuilder('model'), page);
  }

  /** @throws DomainError NOT_FOUND */
  get(manager: EntityManager, id: string): Promise<ModelEntity> {
    return findRow(manager, ModelEntity, id, 'model');
  }

  /** Its row, locked. @throws DomainError NOT_FOUND, or CONFLICT for what gateway.yaml owns */
  toChange(manager: EntityManager, id: string): Promise<ModelEntity> {
    return findRowToChange(manager, ModelEntity, id, 'model');
  }

  /** @throws DomainError CONFLICT when the name is taken */
  create(manager: EntityManager, wanted: NewModel): Promise<ModelEntity> {
    return manager.save(ModelEntity, manager.create(ModelEntity, { id: uuidv7(), ...wanted })).catch(sameName);
  }

  /** @throws DomainError CONFLICT when the name is taken */
  change(manager: EntityManager, row: ModelEntity, patch: Partial<NewModel>): Promise<ModelEntity> {
    return manager.save(ModelEntity, { ...row, ...patch }).catch(sameName);
  }

  /** With its deployments and their prices; what it cost stays in the usage records. @throws DomainError CONFLICT while a deployment is gateway.yaml's */
  async remove(manager: EntityManager, { id }: ModelEntity): Promise<void> {
    if (await manager.existsBy(DeploymentEntity, { modelId: id, managedBy: 'file' })) throw new DomainError('CONFLICT', { message: 'gateway.yaml declares deployments of it: take these out there first.' });
    await manager.delete(ModelEntity, { id });
  }
}
