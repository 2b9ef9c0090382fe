import type { Endpoint, Provider } from '@higress/kernel';
import { ALL_MEDIA, chatProvider, OPENAI_QUIRKS, type ServiceWays } from '@higress/wire';
import { providerFields, secretOf } from '../headers/provider-fields';
import { openAiPath } from '../openai/openai-compatible';
import type { Aim, ProviderAdapter } from '../provider.adapter';
import { explainRefusal } from '../refusal/explain-refusal';

/** The last version of the API whose paths name the deployment; `api-version` among the provider's headers names another. */
const API_VERSION = '2024-10-21';
const codec = chatProvider(OPENAI_QUIRKS);
const SERVICES: ServiceWays = { embeddings: { form: 'openai' } };

/** Azure's newer form has OpenAI's paths and names the deployment as the model; its older one names the deployment in the path. */
function path(endpoint: Endpoint, model: string, aim?: Aim): string {
  const own = openAiPath(endpoint, aim);
  if (aim && isNewForm(aim.provider)) return own;
  const version = aim?.provider.headers['api-version'] ?? API_VERSION;
  if (endpoint === 'models') return `/openai/models?api-version=${encodeURIComponent(version)}`;
  return `/openai/deployments/${encodeURIComponent(model)}${own}?api-version=${encodeURIComponent(version)}`;
}

function isNewForm({ baseUrl }: Provider): boolean {
  return /\/openai\/v1$/.test(baseUrl);
}

/** OpenAI's models at Azure: a key in a field of its own, or no key and an `authorization` among the provider's headers. */
export const azureOpenAi: ProviderAdapter = {
  name: 'azure-openai',
  services: () => SERVICES,
  media: () => ALL_MEDIA,
  speaks: (dialect, provider) => dialect === 'openai' || (dialect === 'responses' && isNewForm(provider)),
  codec: () => codec,
  path,
  headers: (credential, provider) => providerFields(provider, credential ? ['api-key', secretOf(credential)] : []),
  outputBoundField: () => 'max_completion_tokens',
  explain: explainRefusal,
};
