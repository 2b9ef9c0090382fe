import type { Provider, ProviderDialect } from '@higress/kernel';
import { CLIENT_SERVICES, type ClientService, type Json, Loss, type ServiceEndpoint, type ServiceWay } from '@higress/wire';
import type { Carried, CompatibilityRow } from './compatibility';
import { KNOWN_SERVERS } from './openai/known-servers';
import { registry } from './registry';

/** What can be asked beside conversations, each with a request that asks for it. */
export const SERVICE_FEATURES: readonly { readonly name: string; readonly endpoint: ServiceEndpoint; readonly asks: Json; readonly path?: string }[] = [
  { name: 'embeddings of texts', endpoint: 'embeddings', asks: { model: 'm', input: ['a', 'b'], encoding_format: 'base64' } },
  { name: 'of tokens', endpoint: 'embeddings', asks: { model: 'm', input: [[1, 2]] } },
  { name: '`dimensions`', endpoint: 'embeddings', asks: { model: 'm', input: ['a'], dimensions: 256 } },
  { name: 'rerank, Jina’s form', endpoint: 'rerank', asks: { model: 'm', query: 'q', documents: ['a'] } },
  { name: 'rerank, Cohere’s form', endpoint: 'rerank', asks: { model: 'm', query: 'q', documents: ['a'] }, path: '/v2/rerank' },
  { name: 'moderations', endpoint: 'moderations', asks: { model: 'm', input: 'a' } },
];

/** Providers whose models differ in what they can be asked. */
const MODELS: readonly { readonly name: string; readonly dialect: ProviderDialect; readonly model: string; readonly baseUrl?: string }[] = [
  ...KNOWN_SERVERS.filter(({ hosts }) => hosts.length > 0).map(({ name, baseUrl }) => ({ name, dialect: 'openai' as const, model: 'm', baseUrl })),
  { name: 'any other server of OpenAI’s form', dialect: 'openai', model: 'm' },
  { name: 'azure-openai', dialect: 'azure-openai', model: 'm' },
  { name: 'anthropic', dialect: 'anthropic', model: 'm' },
  { name: 'gemini', dialect: 'gemini', model: 'gemini-embedding-001' },
  { name: 'vertex', dialect: 'vertex', model: 'gemini-embedding-001' },
  { name: 'bedrock: Titan Embed 2', dialect: 'bedrock', model: 'amazon.titan-embed-text-v2:0' },
  { name: 'bedrock: Cohere Embed 3', dialect: 'bedrock', model: 'cohere.embed-multilingual-v3' },
  { name: 'bedrock: Cohere Embed 4', dialect: 'bedrock', model: 'cohere.embed-v4:0' },
  { name: 'bedrock: Cohere and Amazon Rerank', dialect: 'bedrock', model: 'cohere.rerank-v3-5:0' },
  { name: 'cohere: Embed 3', dialect: 'cohere', model: 'embed-multilingual-v3.0' },
  { name: 'cohere: Embed 4, Rerank', dialect: 'cohere', model: 'embed-v4.0' },
];

function carried(way: ServiceWay<'embeddings'> | undefined, { endpoint, asks, path = `/v1/${endpoint}` }: (typeof SERVICE_FEATURES)[number], model: string): Carried {
  const service = CLIENT_SERVICES[endpoint] as ClientService<'embeddings'>;
  const form = service.formOf(asks, path);
  if (way?.form === form) return 'yes';
  const loss = new Loss('openai', 'it', false);
  try {
    if (!way?.translator) return 'refused';
    way.translator.encode(service.decode(asks, form), { model, loss });
  } catch {
    return 'refused';
  }
  return loss.dropped.length > 0 ? 'dropped' : 'yes';
}

/** What each provider can be asked beside conversations, found by asking. In the order of {@link SERVICE_FEATURES}. */
export function serviceCompatibility(): CompatibilityRow[] {
  return MODELS.map(({ name, dialect, model, baseUrl = 'https://example.com' }) => {
    const provider: Provider = { id: '', name: '', dialect, baseUrl, headers: {}, timeouts: { connectMs: 0, firstTokenMs: 0, wholeAnswerMs: 0, idleMs: 0, totalMs: 0 }, credentials: [] };
    const ways = registry[dialect].services(provider, model) as Readonly<Record<string, ServiceWay<'embeddings'> | undefined>>;
    return { name, carried: SERVICE_FEATURES.map((feature) => carried(ways[feature.endpoint], feature, model)) };
  });
}
