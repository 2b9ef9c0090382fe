import { chatProvider, type MediaWays, PLAIN_QUIRKS, type ServiceWays } from '@higress/wire';
import { providerFields, secretOf } from '../headers/provider-fields';
import type { ProviderAdapter } from '../provider.adapter';
import { explainRefusal } from '../refusal/explain-refusal';
import { cohereEmbed } from './cohere-embed';
import { cohereRerank } from './cohere-rerank';

/** Where Cohere speaks OpenAI's Chat Completions. */
const CHAT = '/compatibility/v1/chat/completions';
const SERVICES: ServiceWays = { embeddings: { translator: cohereEmbed }, rerank: cohereRerank };
const MEDIA: MediaWays = {};
const codec = chatProvider({ ...PLAIN_QUIRKS, audio: false, files: false, thoughtsBack: null, parallelToolCalls: false, topK: false, choices: false, logprobs: false, logitBias: false, user: false });

/** Cohere: rerank and embeddings in its own words, conversations in OpenAI's. Its base URL names no version (`https://api.cohere.com`). */
export const cohere: ProviderAdapter = {
  name: 'cohere',
  speaks: (dialect) => dialect === 'openai',
  codec: () => codec,
  services: () => SERVICES,
  media: () => MEDIA,
  path: (endpoint) => (endpoint === 'models' ? '/v1/models' : CHAT),
  headers: (credential, provider) => providerFields(provider, credential ? ['authorization', `Bearer ${secretOf(credential)}`] : []),
  takesStreamOptions: () => true,
  outputBoundField: () => 'max_tokens',
  explain: explainRefusal,
};
