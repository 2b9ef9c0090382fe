import { generateProvider, type ServiceWays } from '@higress/wire';
import { googleMedia } from '../gemini/google-images';
import { providerFields, secretOf } from '../headers/provider-fields';
import type { ProviderAdapter } from '../provider.adapter';
import { explainRefusal } from '../refusal/explain-refusal';
import { predictEmbeddings } from './predict-embeddings';

/** Keys of Google's; what is none is an access token. */
const API_KEY = /^AIza|^AQ\./;

const SERVICES: ServiceWays = { embeddings: { translator: predictEmbeddings } };
const MEDIA = googleMedia((model, method) => `/publishers/google/models/${encodeURIComponent(model)}:${method}`);

/**
 * Google's models at Vertex AI. The base URL names project and place (`https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4`);
 * the credential is an API key or an access token, which its operator renews.
 */
export const vertex: ProviderAdapter = {
  name: 'vertex',
  services: () => SERVICES,
  media: (_provider, upstreamModel) => MEDIA(upstreamModel),
  speaks: (dialect) => dialect === 'gemini',
  codec: () => generateProvider,
  path: (endpoint, model, aim) => (endpoint === 'models' ? '/publishers/google/models' : `/publishers/google/models/${encodeURIComponent(model)}:${aim?.stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`),
  headers(credential, provider) {
    if (!credential) return providerFields(provider, []);
    const secret = secretOf(credential);
    return providerFields(provider, API_KEY.test(secret) ? ['x-goog-api-key', secret] : ['authorization', `Bearer ${secret}`]);
  },
  outputBoundField: () => 'generationConfig.maxOutputTokens',
  explain: explainRefusal,
};
