import type { DomainError } from '@higress/kernel';
import { rateLimitHeaders, RateLimitRefusal } from '@higress/rate-limit';
import { errorHeaders, formatError } from '@higress/wire';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorDialectOf } from './error-dialect';

/** The header of an error answer: what the caller's SDK decides its next try by. */
export function headersOfError(error: DomainError): [string, string][] {
  const limits = error instanceof RateLimitRefusal ? rateLimitHeaders(error.view, error.degraded) : [];
  return [...limits, ...errorHeaders(error)];
}

/** Answers an ordinary route's error in the dialect of its path. */
export function sendError(request: FastifyRequest, reply: FastifyReply, error: DomainError): void {
  for (const [name, value] of headersOfError(error)) reply.header(name, value);
  if (error.http === 413 || error.http === 400) reply.header('connection', 'close');
  void reply.status(error.http).header('x-request-id', request.id).type('application/json').send(formatError(errorDialectOf(request.url), error, request.id));
}
