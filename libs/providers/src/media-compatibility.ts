import type { Provider, ProviderDialect } from '@higress/kernel';
import { ALL_MEDIA, type MediaEndpoint } from '@higress/wire';
import type { CompatibilityRow } from './compatibility';
import { KNOWN_SERVERS } from './openai/known-servers';
import { registry } from './registry';

/** The endpoints of pictures and sound. */
export const MEDIA_FEATURES = (Object.keys(ALL_MEDIA) as MediaEndpoint[]).map((name) => ({ name }));

/** Providers whose models differ in what they make. */
const MODELS: readonly { readonly name: string; readonly dialect: ProviderDialect; readonly model: string; readonly baseUrl?: string }[] = [
  ...KNOWN_SERVERS.filter(({ hosts }) => hosts.length > 0).map(({ name, baseUrl }) => ({ name, dialect: 'openai' as const, model: 'm', baseUrl })),
  { name: 'any other server of OpenAI’s form', dialect: 'openai', model: 'm' },
  { name: 'azure-openai', dialect: 'azure-openai', model: 'm' },
  { name: 'gemini, vertex: Gemini', dialect: 'gemini', model: 'gemini-2.5-flash-image' },
  { name: 'gemini, vertex: Imagen', dialect: 'vertex', model: 'imagen-4.0-generate-001' },
  { name: 'simulator', dialect: 'simulator', model: 'sim' },
  { name: 'anthropic', dialect: 'anthropic', model: 'm' },
  { name: 'bedrock', dialect: 'bedrock', model: 'm' },
  { name: 'cohere', dialect: 'cohere', model: 'm' },
];

/** What each provider can be asked of pictures and sound. In the order of {@link MEDIA_FEATURES}. */
export function mediaCompatibility(): CompatibilityRow[] {
  return MODELS.map(({ name, dialect, model, baseUrl = 'https://example.com' }) => {
    const provider: Provider = { id: '', name: '', dialect, baseUrl, headers: {}, timeouts: { connectMs: 0, firstTokenMs: 0, wholeAnswerMs: 0, idleMs: 0, totalMs: 0 }, credentials: [] };
    const ways = registry[dialect].media(provider, model);
    return { name, carried: MEDIA_FEATURES.map((feature) => (ways[feature.name] ? 'yes' : 'refused')) };
  });
}
