import { DomainError } from '@higress/kernel';

/** @param why as a sentence goes on after a colon */
export function malformed(why: string): DomainError {
  return new DomainError('INVALID_REQUEST', { message: `The body is no form that can be read: ${why}.` });
}
