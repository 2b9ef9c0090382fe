import type { DomainError } from '@higress/kernel';
import { rateLimitHeaders, RateLimitRefusal } from '@higress/rate-limit';
import { errorHeaders, formatError } from '@higress/wire';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerAndClose } from './answer-and-close';
import { errorDialectOf } from './error-dialect';

/** The header of an error answer: what the caller's SDK decides its next try by. */
export function headersOfError(error: DomainError): [string, string][] {
  const limits = error instanceof RateLimitRefusal ? rateLimitHeaders(error.view, error.degraded) : [];
  return [...pairs(limits), ...errorHeaders(error)];
}

function pairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] as string] as [string, string]] : []));
}

/** Answers an ordinary route's error in the dialect of its path. A body that is too large is not read, so its connection cannot go on. */
export function sendError(request: FastifyRequest, reply: FastifyReply, error: DomainError): void {
  const dialect = errorDialectOf(request.url);
  if (error.http === 413) {
    // None while an earlier request of the connection is still being answered.
    const { socket } = reply.raw;
    if (socket) {
      reply.hijack();
      answerAndClose(socket, error, dialect, request.id);
      request.raw.resume();
      return;
    }
    reply.header('connection', 'close');
  }
  for (const [name, value] of headersOfError(error)) reply.header(name, value);
  void reply.status(error.http).header('x-request-id', request.id).type('application/json').send(formatError(dialect, error, request.id));
}
