import type { Catalog } from '@higress/catalog';
import { type Authenticate, findModel, listModels } from '@higress/inference';
import type { Channel, Dialect } from '@higress/kernel';
import { modelListShape, modelShape } from '@higress/wire';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { addressOf } from '../http/address-of';

/** Whatever a GET carries is not read. */
const NO_BODY = Buffer.alloc(0);

/** `GET models` and `GET models/{id}`, in the shape that the caller's SDK expects; an id may hold slashes. */
export function modelsRoute(fastify: FastifyInstance, authenticate: Authenticate, catalog: Catalog, channel: Channel, prefix: string): void {
  const caller = (request: FastifyRequest) => authenticate.run({ channel, ip: addressOf(request), method: request.method, target: request.raw.url ?? '', headers: request.headers, body: NO_BODY });
  fastify.get(`${prefix}/models`, async (request) => modelListShape(dialectOf(request, prefix), listModels(catalog.snapshot, await caller(request))));
  fastify.get<{ Params: { '*': string } }>(`${prefix}/models/*`, async (request) => modelShape(dialectOf(request, prefix), findModel(catalog.snapshot, await caller(request), request.params['*'])));
}

/** Anthropic's clients always tell the version of the API that they speak. */
function dialectOf({ headers }: FastifyRequest, prefix: string): Dialect {
  if (prefix.endsWith('/v1beta')) return 'gemini';
  return headers['anthropic-version'] === undefined ? 'openai' : 'anthropic';
}
