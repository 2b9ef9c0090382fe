import { DomainError } from '@higress/kernel';

/** A conflict passes by itself; the others are about us, and nothing changes until an operator acts. */
function isOurFault(error: DomainError): boolean {
  const status = error.upstreamStatus;
  return error.code === 'UPSTREAM_ERROR' && status !== undefined && status < 500 && status !== 409;
}

/** True where the same deployment may succeed at once or soon: no connection, a timeout, 408, 409, 429, 5xx. */
export function isRetryable(error: unknown): boolean {
  if (!(error instanceof DomainError)) return false;
  return error.code === 'UPSTREAM_TIMEOUT' || error.code === 'UPSTREAM_RATE_LIMITED' || (error.code === 'UPSTREAM_ERROR' && !isOurFault(error));
}

/** True where another deployment may succeed: all that is retryable, and what only concerns this one (its credential, its address, its answer). */
export function isWorthAnotherDeployment(error: unknown): boolean {
  if (isRetryable(error)) return true;
  return error instanceof DomainError && ['UPSTREAM_ERROR', 'UPSTREAM_INVALID_RESPONSE', 'CIRCUIT_OPEN', 'NO_AVAILABLE_UPSTREAM'].includes(error.code);
}

/**
 * True where the failure says that the deployment is ill: no connection, a timeout, 408, 5xx, an answer that cannot be read.
 * A refused credential or model does not count, because some providers answer 403 to a caller's own text; neither do 429 and 409.
 */
export function countsAgainstBreaker(error: unknown): boolean {
  if (!(error instanceof DomainError)) return false;
  if (error.code === 'UPSTREAM_TIMEOUT' || error.code === 'UPSTREAM_INVALID_RESPONSE') return true;
  return error.code === 'UPSTREAM_ERROR' && (error.upstreamStatus === undefined || error.upstreamStatus >= 500);
}
