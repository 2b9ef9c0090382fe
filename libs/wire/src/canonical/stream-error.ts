import { DomainError } from '@higress/kernel';

/** An error that a provider told in its stream. Its own words stay in the log: they may speak of our account there. */
export function streamError(about: { readonly message?: unknown; readonly status?: number; readonly isRateLimit?: boolean }): DomainError {
  const cause = typeof about.message === 'string' ? about.message.slice(0, 500) : undefined;
  const code = about.isRateLimit || about.status === 429 ? 'UPSTREAM_RATE_LIMITED' : 'UPSTREAM_ERROR';
  return new DomainError(code, { message: 'The provider broke off with an error.', upstreamStatus: about.status, cause });
}
