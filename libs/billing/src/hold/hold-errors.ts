import { DomainError } from '@higress/kernel';

const RETRY_AFTER_MS = 2_000;

/** One letter of what `billing_hold()` answers, other than `h` for held, as the error that its caller gets. */
export function refusalOf(verdict: string): DomainError {
  switch (verdict) {
    case 'b':
      return new DomainError('INSUFFICIENT_BALANCE');
    case 'f':
      return frozenAccount();
    case 'n':
      return new DomainError('FORBIDDEN', { message: 'The tenant has no account.' });
    default:
      return new DomainError('INTERNAL_ERROR', { cause: new Error(`billing_hold() answered ${verdict}`) });
  }
}

export function frozenAccount(): DomainError {
  return new DomainError('FORBIDDEN', { message: 'The account is frozen. Its operator must look at it.' });
}

export function billingUnavailable(): DomainError {
  return new DomainError('BILLING_UNAVAILABLE', { retryAfterMs: RETRY_AFTER_MS });
}
