import type { Catalog } from '@higress/catalog';
import { type Authenticate, type KeptResponses, type Pipeline, TokenCounter } from '@higress/inference';
import { type Channel, DomainError } from '@higress/kernel';
import type { FastifyInstance } from 'fastify';
import { sendError } from '../http/send-error';
import { toHttpError } from '../http/to-http-error';
import { completionRoute } from './completion.route';
import { countTokensRoute } from './count-tokens.route';
import { generateRoute } from './generate.route';
import { mediaRoutes } from './media.routes';
import { modelsRoute } from './models.route';
import { responsesRoute } from './responses.route';

const PREFIXES = { external: '/v1', internal: '/internal/v1' } as const satisfies Record<Channel, string>;

export interface InferenceParts {
  readonly pipeline: Pipeline;
  readonly keptResponses: KeptResponses;
  readonly authenticate: Authenticate;
  readonly catalog: Catalog;
  /** The largest form with files. */
  readonly maxUploadBytes: number;
}

/** Every inference endpoint on both channels, in a Fastify scope of its own: bodies stay bytes there. */
export async function inferenceRoutes(fastify: FastifyInstance, { pipeline, keptResponses, authenticate, catalog, maxUploadBytes }: InferenceParts): Promise<void> {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  // What still comes on a kept connection after this process has left the load balancer.
  fastify.addHook('onRequest', (_request, _reply, done) => done(fastify.server.listening ? undefined : new DomainError('NOT_READY', { message: 'The gateway is shutting down.', retryAfterMs: 1000 })));
  const counter = new TokenCounter(authenticate, catalog);
  fastify.setErrorHandler((thrown, request, reply) => sendError(request, reply, toHttpError(thrown)));
  const prefixes = Object.entries(PREFIXES) as [Channel, string][];
  mediaRoutes(fastify, { pipeline, prefixes, maxUploadBytes });
  for (const [channel, prefix] of prefixes) {
    completionRoute(fastify, pipeline, channel, 'chat/completions', `${prefix}/chat/completions`);
    completionRoute(fastify, pipeline, channel, 'responses', `${prefix}/responses`);
    responsesRoute(fastify, keptResponses, channel, prefix);
    completionRoute(fastify, pipeline, channel, 'messages', `${prefix}/messages`);
    completionRoute(fastify, pipeline, channel, 'embeddings', `${prefix}/embeddings`);
    completionRoute(fastify, pipeline, channel, 'moderations', `${prefix}/moderations`);
    // Cohere's clients have their own version in the path.
    for (const folder of [prefix, prefix.replace(/1$/, '2')]) completionRoute(fastify, pipeline, channel, 'rerank', `${folder}/rerank`);
    countTokensRoute(fastify, counter, channel, prefix);
    for (const folder of [prefix, `${prefix}beta`]) {
      generateRoute(fastify, pipeline, counter, channel, folder);
      modelsRoute(fastify, authenticate, catalog, channel, folder);
    }
  }
}
