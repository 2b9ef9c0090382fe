import type { Credential, Provider } from '@higress/kernel';
import { type MediaWays, messagesProvider, type ServiceWays } from '@higress/wire';
import { providerFields, safeValue, secretOf } from '../headers/provider-fields';
import type { AnswerHeaders, ProviderAdapter } from '../provider.adapter';
import { explainRefusal } from '../refusal/explain-refusal';

const VERSION = '2023-06-01';
/** Tokens of a subscription, which are shown as bearers and not as keys. */
const BEARER = 'sk-ant-oat';

function headers(credential: Credential | null, provider: Provider, asked?: AnswerHeaders): string[] {
  const given: string[] = [];
  if (credential) {
    const secret = secretOf(credential);
    if (secret.startsWith(BEARER)) given.push('authorization', `Bearer ${secret}`);
    else given.push('x-api-key', secret);
  }
  given.push('anthropic-version', field(asked, 'anthropic-version') ?? VERSION);
  const beta = field(asked, 'anthropic-beta');
  if (beta) given.push('anthropic-beta', beta);
  return providerFields(provider, given);
}

function field(asked: AnswerHeaders | undefined, name: string): string | undefined {
  const value = asked?.[name];
  const text = typeof value === 'string' ? safeValue(value) : '';
  return text === '' ? undefined : text;
}

const SERVICES: ServiceWays = {};
const MEDIA: MediaWays = {};

/** Anthropic, and whoever serves its Messages under a path of their own. */
export const anthropic: ProviderAdapter = {
  name: 'anthropic',
  services: () => SERVICES,
  media: () => MEDIA,
  speaks: (dialect) => dialect === 'anthropic',
  codec: () => messagesProvider,
  path: (endpoint) => (endpoint === 'models' ? '/models' : '/messages'),
  headers,
  outputBoundField: () => 'max_tokens',
  explain: explainRefusal,
};
