import type { Channel } from '@higress/kernel';
import type { InferenceCall, Pipeline } from '@higress/inference';
import { formatError } from '@higress/wire';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { addressOf } from '../http/address-of';
import { errorDialectOf } from '../http/error-dialect';
import { HttpClient } from '../http/http-client';
import { headersOfError } from '../http/send-error';
import { toHttpError } from '../http/to-http-error';

const CLIENT_ID = /^[\x20-\x7e]{1,128}$/;

/**
 * One inference endpoint as a Fastify route: the body arrives as bytes and the answer is written to the socket, so that a call pays
 * for neither Nest's router nor Fastify's serialiser.
 */
export function completionRoute(fastify: FastifyInstance, pipeline: Pipeline, channel: Channel, endpoint: InferenceCall['endpoint'], path: string): void {
  fastify.post(path, (request: FastifyRequest, reply: FastifyReply): void => {
    reply.hijack();
    const client = new HttpClient(reply.raw);
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const call: InferenceCall = {
      requestId: request.id, receivedAt: performance.now(), channel, endpoint, ip: addressOf(request), method: request.method, target: request.raw.url ?? '', headers: request.headers, body,
      clientRequestId: clientRequestId(request),
    };
    pipeline.run(call, client).catch((thrown: unknown) => refuse(client, request, thrown));
  });
}

function refuse(client: HttpClient, request: FastifyRequest, thrown: unknown): void {
  if (client.answered) return client.abandon();
  const error = toHttpError(thrown);
  const body = Buffer.from(JSON.stringify(formatError(errorDialectOf(request.url), error, request.id)));
  client.answer(error.http, ['content-type', 'application/json', 'x-request-id', request.id, ...headersOfError(error).flat()], body);
}

function clientRequestId({ headers }: FastifyRequest): string | null {
  const given = headers['x-request-id'];
  return typeof given === 'string' && CLIENT_ID.test(given) ? given : null;
}
