import { DomainError } from '@higress/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { sendError } from './send-error';

const METHODS: HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** A path that exists with another method is 405 with `Allow`, any other 404, both in the dialect of the path. */
export function notFound(fastify: FastifyInstance) {
  return (request: FastifyRequest, reply: FastifyReply): void => {
    const path = request.url.split('?', 1)[0] as string;
    const allowed = METHODS.filter((method) => method !== request.method && fastify.findRoute({ method, url: path }) !== null);
    if (allowed.length === 0) return sendError(request, reply, new DomainError('NOT_FOUND'));
    reply.header('allow', allowed.join(', '));
    sendError(request, reply, new DomainError('METHOD_NOT_ALLOWED'));
  };
}
