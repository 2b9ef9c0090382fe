import { DomainError } from '@higress/kernel';
import type { InferenceCall } from './call';

/** A deployment whose provider has no such endpoint: another one of the model may. */
export function unserved(endpoint: InferenceCall['endpoint']): DomainError {
  return new DomainError('UNSUPPORTED_PARAMETER', { message: `The provider of this model does not serve ${endpoint}.`, param: 'model' });
}
