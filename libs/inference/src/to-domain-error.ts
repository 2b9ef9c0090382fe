import { DomainError } from '@higress/kernel';

/** What was not foreseen is our own fault, and says nothing about itself to the caller. */
export function toDomainError(error: unknown): DomainError {
  return error instanceof DomainError ? error : new DomainError('INTERNAL_ERROR', { cause: error });
}
