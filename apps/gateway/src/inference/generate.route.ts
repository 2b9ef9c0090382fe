import type { Pipeline, TokenCounter } from '@higress/inference';
import { type Channel, DomainError } from '@higress/kernel';
import type { FastifyInstance } from 'fastify';
import { callOf } from './call-of';
import { complete } from './completion.route';

const NAMED = /^(.+):(generateContent|streamGenerateContent|countTokens)$/;

/**
 * Gemini's `POST models/{model}:{method}`. A stream is server-sent events with `alt=sse`, and otherwise one array, as Google has it.
 * The model may be told with its folder (`models/x`), as its SDK does; a name of ours may hold slashes.
 */
export function generateRoute(fastify: FastifyInstance, pipeline: Pipeline, counter: TokenCounter, channel: Channel, prefix: string): void {
  fastify.post<{ Params: { '*': string }; Querystring: { alt?: string } }>(`${prefix}/models/*`, (request, reply) => {
    const [, model = '', method] = NAMED.exec(request.params['*']) ?? [];
    if (!method) throw new DomainError('NOT_FOUND');
    const stream = method === 'streamGenerateContent';
    const call = callOf(request, channel, 'generateContent', { model, stream, asArray: stream && request.query.alt !== 'sse' });
    if (method !== 'countTokens') return complete(pipeline, call, request, reply);
    void counter.count(call).then(
      (totalTokens) => reply.send({ totalTokens }),
      (thrown: unknown) => reply.send(thrown),
    );
  });
}
