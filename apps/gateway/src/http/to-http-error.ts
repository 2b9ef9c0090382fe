import { isDatabaseAway } from '@higress/database';
import { DomainError } from '@higress/kernel';
import { HttpException } from '@nestjs/common';

/** Codes of Fastify's own refusals that are the caller's mistake, and what we call them. */
const FASTIFY: Record<string, () => DomainError> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => new DomainError('REQUEST_TOO_LARGE', { message: 'The request is larger than MAX_REQUEST_BYTES.' }),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => new DomainError('UNSUPPORTED_MEDIA_TYPE'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => new DomainError('INVALID_REQUEST', { message: 'The body is not as long as Content-Length says.' }),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => new DomainError('INVALID_JSON', { message: 'The body is empty.' }),
  FST_ERR_CTP_INVALID_JSON_BODY: () => new DomainError('INVALID_JSON'),
  FST_ERR_BAD_URL: () => new DomainError('INVALID_REQUEST', { message: 'The path is not valid.' }),
};

/** Whatever was thrown, as the one error that is shown: ours as it is, Fastify's and Nest's by their meaning, the rest as INTERNAL_ERROR. */
export function toHttpError(thrown: unknown): DomainError {
  if (thrown instanceof DomainError) return thrown;
  const { code, statusCode } = (thrown ?? {}) as { code?: string; statusCode?: number };
  const known = code === undefined ? undefined : FASTIFY[code];
  if (known) return known();
  if (thrown instanceof SyntaxError && statusCode === 400) return new DomainError('INVALID_JSON');
  const status = thrown instanceof HttpException ? thrown.getStatus() : statusCode;
  if (status === 404) return new DomainError('NOT_FOUND');
  if (status === 405) return new DomainError('METHOD_NOT_ALLOWED');
  if (status === 413) return new DomainError('REQUEST_TOO_LARGE');
  if (status === 415) return new DomainError('UNSUPPORTED_MEDIA_TYPE');
  if (status !== undefined && status >= 400 && status < 500) return new DomainError('INVALID_REQUEST');
  if (isDatabaseAway(thrown)) return new DomainError('NOT_READY', { retryAfterMs: 2000, cause: thrown });
  return new DomainError('INTERNAL_ERROR', { cause: thrown });
}
