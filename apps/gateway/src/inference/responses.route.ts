import type { KeptResponses, ListQuery } from '@higress/inference';
import { type Channel, DomainError } from '@higress/kernel';
import type { FastifyInstance } from 'fastify';
import { callOf } from './call-of';

interface Named {
  Params: { id: string };
  Querystring: ListQuery & { stream?: string };
}

/** What OpenAI's clients ask of a response that was made before: itself, its input, its deletion. */
export function responsesRoute(fastify: FastifyInstance, responses: KeptResponses, channel: Channel, prefix: string): void {
  const path = `${prefix}/responses/:id`;
  fastify.get<Named>(path, (request) => {
    if (request.query.stream === 'true') throw new DomainError('UNSUPPORTED_PARAMETER', { message: "'stream' is for responses that run in the background, and none does here.", param: 'stream' });
    return responses.retrieve(callOf(request, channel, 'responses'), request.params.id);
  });
  fastify.delete<Named>(path, (request) => responses.delete(callOf(request, channel, 'responses'), request.params.id));
  fastify.post<Named>(`${path}/cancel`, (request) => responses.cancel(callOf(request, channel, 'responses'), request.params.id));
  fastify.get<Named>(`${path}/input_items`, (request) => responses.inputItems(callOf(request, channel, 'responses'), request.params.id, request.query));
}
