import type { ClientDialect, Credential, Endpoint, Provider } from '@higress/kernel';
import { chatProvider, type ProviderCodec } from '@higress/wire';
import { providerFields, secretOf } from '../headers/provider-fields';
import type { Aim, ProviderAdapter } from '../provider.adapter';
import { explainRefusal } from '../refusal/explain-refusal';
import { isOpenAi, quirksOfProvider } from './known-servers';
import { openAiMedia } from './openai-media';
import { openAiServices } from './openai-services';

const codecs = new WeakMap<Provider, ProviderCodec>();

function headers(credential: Credential | null, provider: Provider): string[] {
  return providerFields(provider, credential ? ['authorization', `Bearer ${secretOf(credential)}`] : []);
}

/** OpenAI itself refuses `max_tokens` for its reasoning models; other servers know nothing newer. */
export function outputBoundField({ baseUrl }: Provider): string {
  return isOpenAi(baseUrl) ? 'max_completion_tokens' : 'max_tokens';
}

/** Chat completions are what every server of this form has; Responses only OpenAI itself. */
export function speaksOpenAi(dialect: ClientDialect, { baseUrl }: Provider): boolean {
  return dialect === 'openai' || (dialect === 'responses' && isOpenAi(baseUrl));
}

/** The same codec for each snapshot of a provider. */
export function chatCodec(provider: Provider): ProviderCodec {
  const known = codecs.get(provider) ?? chatProvider(quirksOfProvider(provider));
  codecs.set(provider, known);
  return known;
}

export function openAiPath(endpoint: Endpoint, aim?: Aim): string {
  switch (endpoint) {
    case 'responses':
      return aim?.passes ? '/responses' : '/chat/completions';
    case 'messages':
    case 'messages/count_tokens':
    case 'generateContent':
      return '/chat/completions';
    default:
      return `/${endpoint}`;
  }
}

/** A provider that speaks OpenAI's dialect: bearer token, OpenAI's paths under its base URL, OpenAI's errors. */
export function openAiCompatible(about: { readonly name: string; readonly explain?: ProviderAdapter['explain'] }): ProviderAdapter {
  return { name: about.name, speaks: speaksOpenAi, codec: chatCodec, services: openAiServices, media: openAiMedia, path: (endpoint, _model, aim) => openAiPath(endpoint, aim), headers, takesStreamOptions: (provider) => quirksOfProvider(provider).streamOptions, outputBoundField, explain: about.explain ?? explainRefusal };
}
