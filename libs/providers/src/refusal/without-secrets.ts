import { DomainError, type Provider } from '@higress/kernel';
import { secretOf } from '../headers/provider-fields';
import { headerSecrets, redact } from './provider-secrets';

/** An error that a provider told in its stream, its words without what it was sent in headers: credentials, and what its operator configured. */
export function withoutSecrets(error: DomainError, provider: Pick<Provider, 'headers' | 'credentials'>): DomainError {
  if (typeof error.cause !== 'string') return error;
  const words = redact(error.cause, [...headerSecrets(provider), ...provider.credentials.map(secretOf).flatMap((secret) => [secret, ...secret.split(':').filter((part) => part.length > 16)]).filter((secret) => secret !== '')]);
  if (words === error.cause) return error;
  const { code, message, source, param, retryAfterMs, upstreamStatus, upstreamCode, http, details } = error;
  return new DomainError(code, { message, source, param, retryAfterMs, upstreamStatus, upstreamCode, http, details, cause: words });
}
