import { DomainError, type ErrorCode } from '@higress/kernel';
import { countsAgainstBreaker, isRetryable, isWorthAnotherDeployment } from '../../index';

const worth = (code: ErrorCode, upstreamStatus?: number) => {
  const error = new DomainError(code, { upstreamStatus });
  return [isRetryable(error), isWorthAnotherDeployment(error), countsAgainstBreaker(error)];
};

describe('a failure', () => {
  it.each<[about: string, code: ErrorCode, status: number | undefined, again: boolean, elsewhere: boolean, ill: boolean]>([
    ['no connection', 'UPSTREAM_ERROR', undefined, true, true, true],
    ['a timeout', 'UPSTREAM_TIMEOUT', undefined, true, true, true],
    ['408', 'UPSTREAM_TIMEOUT', 408, true, true, true],
    ['409', 'UPSTREAM_ERROR', 409, true, true, false],
    ['429', 'UPSTREAM_RATE_LIMITED', 429, true, true, false],
    ['500', 'UPSTREAM_ERROR', 500, true, true, true],
    ['503', 'UPSTREAM_ERROR', 503, true, true, true],
    ['302', 'UPSTREAM_ERROR', 302, false, true, false],
    ['401', 'UPSTREAM_ERROR', 401, false, true, false],
    ['403', 'UPSTREAM_ERROR', 403, false, true, false],
    ['404', 'UPSTREAM_ERROR', 404, false, true, false],
    ['an answer that cannot be read', 'UPSTREAM_INVALID_RESPONSE', undefined, false, true, true],
    ['an answer that is too large', 'UPSTREAM_RESPONSE_TOO_LARGE', undefined, false, false, false],
    ['an address that may not be called', 'NO_AVAILABLE_UPSTREAM', undefined, false, true, false],
    ['an open circuit', 'CIRCUIT_OPEN', undefined, false, true, false],
    ['the caller\'s own mistake', 'INVALID_REQUEST', 400, false, false, false],
    ['a body too large for the provider', 'REQUEST_TOO_LARGE', 413, false, false, false],
  ])('like %s', (_, code, status, again, elsewhere, ill) => {
    expect(worth(code, status)).toEqual([again, elsewhere, ill]);
  });

  it('that is not a domain error is worth nothing', () => {
    expect([isRetryable(new Error('x')), isWorthAnotherDeployment(undefined), countsAgainstBreaker('x')]).toEqual([false, false, false]);
  });
});
