import { DomainError } from '@higress/kernel';
import { ConnectTimeout } from '../egress/checked-connector';
import { EgressRefused } from '../egress/egress-rules';

function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown } | null)?.code ?? '');
}

function isParserError(error: unknown): boolean {
  return (error as Partial<Error> | null)?.name === 'HTTPParserError';
}

/** What a failure of undici or of a socket means. Its texts, which name hosts and addresses, stay in `cause`. */
export function connectionFault(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  if (error instanceof ConnectTimeout) return new DomainError('UPSTREAM_TIMEOUT', { message: 'The connection to the provider was not made in time.', cause: error });
  if (error instanceof EgressRefused) return new DomainError('NO_AVAILABLE_UPSTREAM', { message: 'The provider of this model may not be called from here.', cause: error });
  const code = codeOf(error);
  // Its `data` is what the provider sent, which no log may show.
  if (isParserError(error) || code === 'UND_ERR_HEADERS_OVERFLOW') return new DomainError('UPSTREAM_INVALID_RESPONSE', { cause: (error as Error).message });
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') return new DomainError('INTERNAL_ERROR', { cause: error });
  if (code === 'UND_ERR_CLOSED' || code === 'UND_ERR_DESTROYED') return new DomainError('NOT_READY', { message: 'The gateway is stopping.', cause: error });
  return new DomainError('UPSTREAM_ERROR', { message: 'The connection to the provider failed.', cause: error });
}
