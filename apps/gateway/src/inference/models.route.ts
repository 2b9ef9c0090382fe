import type { Catalog } from '@higress/catalog';
import { type Authenticate, findModel, listModels } from '@higress/inference';
import type { Channel } from '@higress/kernel';
import { openAiModel, openAiModelList } from '@higress/wire';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { addressOf } from '../http/address-of';

/** Whatever a GET carries is not read. */
const NO_BODY = Buffer.alloc(0);

/** `GET models` and `GET models/{id}`; an id may hold slashes. */
export function modelsRoute(fastify: FastifyInstance, authenticate: Authenticate, catalog: Catalog, channel: Channel, prefix: string): void {
  const caller = (request: FastifyRequest) => authenticate.run({ channel, ip: addressOf(request), method: request.method, target: request.raw.url ?? '', headers: request.headers, body: NO_BODY });
  fastify.get(`${prefix}/models`, async (request) => openAiModelList(listModels(catalog.snapshot, await caller(request))));
  fastify.get<{ Params: { '*': string } }>(`${prefix}/models/*`, async (request) => openAiModel(findModel(catalog.snapshot, await caller(request), request.params['*'])));
}
