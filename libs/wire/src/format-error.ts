import { type Dialect, DomainError, errorRow } from '@higress/kernel';

/** How errors of a path look: a client dialect, or the management API's own form. Cohere's is of the paths that only its clients ask. */
export type ErrorDialect = Dialect | 'cohere' | 'management';

/** The body of an error answer, in the form that the caller's SDK turns into its own typed error. */
export function formatError(dialect: ErrorDialect, error: DomainError, traceId: string): Record<string, unknown> {
  const row = errorRow(error.code);
  switch (dialect) {
    case 'openai':
      return { error: openAiError(error, traceId) };
    case 'anthropic':
      return { type: 'error', error: { type: row.anthropic, message: error.message }, request_id: traceId };
    case 'gemini':
      return { error: { code: error.http, message: error.message, status: row.gemini } };
    case 'cohere':
      return { id: traceId, message: error.message, code: error.code };
    case 'management':
      return { code: error.code, message: error.message, source: error.source, trace_id: traceId, ...(error.details === undefined ? {} : { details: error.details }) };
  }
}

function openAiError(error: DomainError, traceId: string): Record<string, unknown> {
  const row = errorRow(error.code);
  const theirs = error.upstreamCode ?? row.openaiCode;
  return {
    message: error.message,
    type: row.openai,
    param: error.param ?? null,
    code: theirs ?? error.code,
    ...(theirs === undefined ? {} : { gateway_code: error.code }),
    trace_id: traceId,
    source: error.source,
  };
}

/**
 * The headers that go with an error: when to try again, and whether at all.
 * Seconds are rounded up, so that a client which waits exactly that long is not refused again.
 */
export function errorHeaders(error: DomainError): [string, string][] {
  const headers: [string, string][] = [];
  if (error.retryAfterMs !== undefined) headers.push(['retry-after', String(Math.max(1, Math.ceil(error.retryAfterMs / 1000)))]);
  if (!mayRetry(error)) headers.push(['x-should-retry', 'false']);
  return headers;
}

/** A limit that names no time to wait is one that this call can never fit, and so with idempotency keys. Another conflict may pass, but only the caller can know. */
function mayRetry(error: DomainError): boolean {
  if (error.code.startsWith('RATE_LIMIT_') || error.code === 'IDEMPOTENCY_CONFLICT') return error.retryAfterMs !== undefined;
  return errorRow(error.code).retryable || error.http === 409;
}
