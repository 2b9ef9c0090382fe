import { DeploymentEntity, pageById, violates, type Page, type PageRequest } from '@higress/database';
import { DomainError, uuidv7 } from '@higress/kernel';
import type { EntityManager } from 'typeorm';
import type { FileDeployment } from '../gateway-file/gateway-file.schema';
import { findRow, findRowToChange } from './find-row';

export type DeploymentTerms = Omit<FileDeployment, 'provider' | 'price'>;

export interface NewDeployment extends DeploymentTerms {
  readonly modelId: string;
  readonly providerId: string;
}

export interface DeploymentFilter {
  readonly modelId?: string;
  readonly providerId?: string;
}

/** Deployments as operators edit them. A model of gateway.yaml may have deployments of the API beside its own. */
export class Deployments {
  list(manager: EntityManager, page: PageRequest, { modelId, providerId }: DeploymentFilter): Promise<Page<DeploymentEntity>> {
    const query = manager.getRepository(DeploymentEntity).createQueryBuilder('deployment').where('true');
    if (modelId !== undefined) query.andWhere('deployment.modelId = :modelId', { modelId });
    if (providerId !== undefined) query.andWhere('deployment.providerId = :providerId', { providerId });
    return pageById(query, page);
  }

  /** @throws DomainError NOT_FOUND */
  get(manager: EntityManager, id: string): Promise<DeploymentEntity> {
    return findRow(manager, DeploymentEntity, id, 'deployment');
  }

  /** Its row, locked. @throws DomainError NOT_FOUND, or CONFLICT for what gateway.yaml owns */
  toChange(manager: EntityManager, id: string): Promise<DeploymentEntity> {
    return findRowToChange(manager, DeploymentEntity, id, 'deployment');
  }

  /** @throws DomainError VALIDATION_FAILED without such a model or provider, CONFLICT where the model has this deployment already */
  create(manager: EntityManager, { modelId, providerId, ...terms }: NewDeployment): Promise<DeploymentEntity> {
    return manager.save(DeploymentEntity, manager.create(DeploymentEntity, { id: uuidv7(), modelId, providerId, ...toColumns(terms) })).catch(explain);
  }

  /** @throws DomainError CONFLICT where the model has this deployment already */
  change(manager: EntityManager, row: DeploymentEntity, patch: Partial<DeploymentTerms>): Promise<DeploymentEntity> {
    return manager.save(DeploymentEntity, { ...row, ...toColumns(patch) }).catch(explain);
  }

  /** With its prices. */
  async remove(manager: EntityManager, { id }: DeploymentEntity): Promise<void> {
    await manager.delete(DeploymentEntity, { id });
  }
}

function toColumns({ upstream_model, max_output_tokens, ...same }: Partial<DeploymentTerms>): Partial<DeploymentEntity> {
  return { ...same, ...(upstream_model !== undefined && { upstreamModel: upstream_model }), ...(max_output_tokens !== undefined && { maxOutputTokens: max_output_tokens }) };
}

function explain(error: unknown): never {
  if (violates(error, 'deployments_are_named_once')) throw new DomainError('CONFLICT', { param: 'upstream_model', message: 'The model has a deployment with this provider and upstream model already.' });
  for (const [constraint, param] of [['deployments_model_id_fkey', 'model_id'], ['deployments_provider_id_fkey', 'provider_id']] as const) {
    if (violates(error, constraint)) throw new DomainError('VALIDATION_FAILED', { param, details: [{ path: param, message: 'there is no such thing' }] });
  }
  throw error;
}
