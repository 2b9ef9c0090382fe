import type { Channel } from '@higress/kernel';
import type { InferenceCall, Pipeline } from '@higress/inference';
import { formatError } from '@higress/wire';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errorDialectOf } from '../http/error-dialect';
import { HttpClient } from '../http/http-client';
import { headersOfError } from '../http/send-error';
import { toHttpError } from '../http/to-http-error';
import { callOf } from './call-of';

/**
 * One inference endpoint as a Fastify route: the body arrives as bytes and the answer is written to the socket, so that a call pays
 * for neither Nest's router nor Fastify's serialiser.
 */
export function completionRoute(fastify: FastifyInstance, pipeline: Pipeline, channel: Channel, endpoint: InferenceCall['endpoint'], path: string): void {
  fastify.post(path, (request: FastifyRequest, reply: FastifyReply): void => complete(pipeline, callOf(request, channel, endpoint), request, reply));
}

/** Runs a call and answers it, an error too. */
export function complete(pipeline: Pipeline, call: InferenceCall, request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  const client = new HttpClient(reply.raw);
  pipeline.run(call, client).catch((thrown: unknown) => refuse(client, request, thrown));
}

function refuse(client: HttpClient, request: FastifyRequest, thrown: unknown): void {
  if (client.answered) return client.abandon();
  const error = toHttpError(thrown);
  const body = Buffer.from(JSON.stringify(formatError(errorDialectOf(request.url), error, request.id)));
  client.answer(error.http, ['content-type', 'application/json', 'x-request-id', request.id, ...headersOfError(error).flat()], body);
}
