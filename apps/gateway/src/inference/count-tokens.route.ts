import type { TokenCounter } from '@higress/inference';
import type { Channel } from '@higress/kernel';
import type { FastifyInstance } from 'fastify';
import { callOf } from './call-of';

/** Anthropic's `POST messages/count_tokens`: counted here, without asking a provider, and free. */
export function countTokensRoute(fastify: FastifyInstance, counter: TokenCounter, channel: Channel, prefix: string): void {
  fastify.post(`${prefix}/messages/count_tokens`, async (request) => ({ input_tokens: await counter.count(callOf(request, channel, 'messages')) }));
}
