import type { CatalogSnapshot } from '@higress/catalog';
import { type CompletionRequest, DomainError, type Endpoint, type Model, type Principal } from '@higress/kernel';
import { isPricedFor } from '@higress/pricing';
import { matchesAnyGlob } from './matches-glob';
import { requireEndpoint } from './require-endpoint';

/**
 * The model that a caller named, if it exists and the caller may use it here.
 * A model without a price is refused to whoever would be charged: an unknown price is never zero.
 * @throws DomainError MODEL_NOT_FOUND, SCOPE_DENIED, MODEL_NOT_PRICED, NO_AVAILABLE_UPSTREAM
 */
export function resolve(snapshot: CatalogSnapshot, principal: Principal, endpoint: Endpoint, request: CompletionRequest): Model {
  requireEndpoint(principal, endpoint);
  const model = request.model.includes('*') ? undefined : (snapshot.models.get(request.model) ?? snapshot.wildcards.find(request.model));
  if (!model) throw new DomainError('MODEL_NOT_FOUND', { message: `The model \`${shown(request.model)}\` does not exist, or you may not use it.`, param: 'model' });
  if (!matchesAnyGlob(principal.models, model.name)) throw new DomainError('SCOPE_DENIED', { message: `This API key may not use the model \`${model.name}\`.`, param: 'model' });
  if (model.deployments.length === 0) throw new DomainError('NO_AVAILABLE_UPSTREAM');
  if (!isCharged(principal)) return model;
  const deployments = model.deployments.filter(({ price }) => price !== null && isPricedFor(price, endpoint));
  if (deployments.length === 0) throw new DomainError('MODEL_NOT_PRICED');
  return deployments.length === model.deployments.length ? model : { ...model, deployments };
}

/** Whether a call of this caller moves money. */
export function isCharged(principal: Principal): boolean {
  return principal.channel === 'external' && principal.billing !== 'internal';
}

function shown(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);
}
