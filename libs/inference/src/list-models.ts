import type { CatalogSnapshot } from '@higress/catalog';
import { DomainError, type Model, type Principal } from '@higress/kernel';
import { matchesAnyGlob } from './matches-glob';

/** The models that a caller may use, by name. One with a `*` is listed as it is: which names its providers have is theirs to know. */
export function listModels(snapshot: CatalogSnapshot, principal: Principal): Model[] {
  if (principal.endpoints !== null && !principal.endpoints.includes('models')) throw new DomainError('SCOPE_DENIED', { message: 'This API key may not list models.' });
  return [...snapshot.models.values()].filter(({ name }) => matchesAnyGlob(principal.models, name)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @throws DomainError MODEL_NOT_FOUND */
export function findModel(snapshot: CatalogSnapshot, principal: Principal, name: string): Model {
  const listed = listModels(snapshot, principal).find((candidate) => candidate.name === name);
  const model = listed ?? (matchesAnyGlob(principal.models, name) ? snapshot.wildcards.find(name) : undefined);
  if (!model) throw new DomainError('MODEL_NOT_FOUND', { param: 'model' });
  return model;
}
