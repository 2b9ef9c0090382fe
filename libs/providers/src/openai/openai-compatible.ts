import type { Credential, Provider } from '@higress/kernel';
import type { ProviderAdapter } from '../provider.adapter';
import { explainRefusal } from '../refusal/explain-refusal';

/** Fields that belong to the connection or to us; a provider's configured headers cannot set them. */
const RESERVED = new Set(['host', 'content-length', 'content-type', 'accept-encoding', 'connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'expect', 'te', 'trailer', 'proxy-authorization', 'proxy-connection']);
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** What may not stand in a field's value: control characters, and what latin1 cannot carry. */
const NOT_A_VALUE = /[^\t\x20-\x7e\x80-\xff]/g;

const fieldsOf = new WeakMap<Provider, readonly string[]>();

function safeValue(value: string): string {
  return value.replace(NOT_A_VALUE, '').trim();
}

/** The fields that do not depend on the credential. Computed once for each snapshot of a provider. */
function fixedFields(provider: Provider): readonly string[] {
  const known = fieldsOf.get(provider);
  if (known) return known;
  const own = Object.entries(provider.headers).map(([name, value]) => [name.toLowerCase().trim(), safeValue(value)] as const);
  const wanted = own.filter(([name]) => FIELD_NAME.test(name) && !RESERVED.has(name));
  const agent = wanted.some(([name]) => name === 'user-agent') ? [] : ['user-agent', 'ai-higress-gateway'];
  const fields = ['content-type', 'application/json', 'accept-encoding', 'identity', ...agent, ...wanted.flat()];
  fieldsOf.set(provider, fields);
  return fields;
}

function headers(credential: Credential | null, provider: Provider): string[] {
  const fields = fixedFields(provider);
  if (!credential) return [...fields];
  const sent = ['authorization', `Bearer ${safeValue(credential.value.reveal())}`];
  // A credential takes the place of a configured `authorization`: two would be refused.
  for (let i = 0; i < fields.length; i += 2) if (fields[i] !== 'authorization') sent.push(fields[i] as string, fields[i + 1] as string);
  return sent;
}

/** OpenAI itself refuses `max_tokens` for its reasoning models; other servers know nothing newer. */
function outputBoundField({ baseUrl }: Provider): string {
  return baseUrl.startsWith('https://api.openai.com/') ? 'max_completion_tokens' : 'max_tokens';
}

/** A provider that speaks OpenAI's dialect: bearer token, OpenAI's paths under its base URL, OpenAI's errors. */
export function openAiCompatible(about: { readonly name: string; readonly explain?: ProviderAdapter['explain'] }): ProviderAdapter {
  return { name: about.name, wire: 'openai', path: (endpoint) => `/${endpoint}`, headers, outputBoundField, explain: about.explain ?? explainRefusal };
}
