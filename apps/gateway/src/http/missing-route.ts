import { DomainError } from '@higress/kernel';
import type { FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';

const METHODS: HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** What to say of a path that no route takes: 405 with `Allow` where another method has it, else 404. */
export function missingRoute(request: FastifyRequest, reply: FastifyReply): DomainError {
  const url = request.url.split('?', 1)[0] as string;
  const allowed = METHODS.filter((method) => method !== request.method && request.server.findRoute({ method, url }) !== null);
  if (allowed.length === 0) return new DomainError('NOT_FOUND');
  reply.header('allow', allowed.join(', '));
  return new DomainError('METHOD_NOT_ALLOWED');
}
