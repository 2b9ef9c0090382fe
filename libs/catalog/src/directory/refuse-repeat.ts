import { violates } from '@higress/database';
import { DomainError } from '@higress/kernel';

/** Makes Postgres's refusal by a constraint of uniqueness what the caller can act upon. To be used with `catch`. */
export function refuseRepeat(constraint: string, param: string, message: string): (error: unknown) => never {
  return (error) => {
    throw violates(error, constraint) ? new DomainError('CONFLICT', { param, message }) : error;
  };
}
