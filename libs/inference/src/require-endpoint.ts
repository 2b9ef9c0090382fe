import { DomainError, type Endpoint, type Principal } from '@higress/kernel';

/** @throws DomainError SCOPE_DENIED for a key that may not call the endpoint */
export function requireEndpoint({ endpoints }: Principal, endpoint: Endpoint): void {
  if (endpoints !== null && !endpoints.includes(endpoint)) throw new DomainError('SCOPE_DENIED', { message: `This API key may not call ${endpoint}.` });
}
