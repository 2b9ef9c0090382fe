import { geminiApiProvider, type ServiceWays } from '@higress/wire';
import { providerFields, secretOf } from '../headers/provider-fields';
import type { ProviderAdapter } from '../provider.adapter';
import { explainRefusal } from '../refusal/explain-refusal';
import { batchEmbed } from './batch-embed';
import { googleMedia } from './google-images';
import { modelSegment } from './model-segment';

const SERVICES: ServiceWays = { embeddings: { translator: batchEmbed } };
const MEDIA = googleMedia((model, method) => `/${modelSegment(model)}:${method}`);

/** Google's Gemini API, with a key. Its base URL ends in the API's version (`…/v1beta`). */
export const gemini: ProviderAdapter = {
  name: 'gemini',
  services: () => SERVICES,
  media: (_provider, upstreamModel) => MEDIA(upstreamModel),
  speaks: (dialect) => dialect === 'gemini',
  codec: () => geminiApiProvider,
  path: (endpoint, model, aim) => (endpoint === 'models' ? '/models' : `/${modelSegment(model)}:${aim?.stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`),
  headers: (credential, provider) => providerFields(provider, credential ? ['x-goog-api-key', secretOf(credential)] : []),
  outputBoundField: () => 'generationConfig.maxOutputTokens',
  explain: explainRefusal,
};
