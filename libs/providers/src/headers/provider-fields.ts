import type { Credential, Provider } from '@higress/kernel';

/** Fields that belong to the connection or to us; a provider's configured headers cannot set them. */
const RESERVED = new Set(['host', 'content-length', 'content-type', 'accept-encoding', 'connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'expect', 'te', 'trailer', 'proxy-authorization', 'proxy-connection']);
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** What may not stand in a field's value: control characters, and what latin1 cannot carry. */
const NOT_A_VALUE = /[^\t\x20-\x7e\x80-\xff]/g;

const fieldsOf = new WeakMap<Provider, readonly string[]>();

export function safeValue(value: string): string {
  return value.replace(NOT_A_VALUE, '').trim();
}

/** A credential as a field can carry it: without the line end that it was pasted with. */
export function secretOf(credential: Credential): string {
  return safeValue(credential.value.reveal());
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

/**
 * A request's fields: first those given, which take the place of configured ones of the same name (two would be refused), then the provider's own.
 * @param given flat list of name and value, names in lower case
 */
export function providerFields(provider: Provider, given: readonly string[]): string[] {
  const fields = fixedFields(provider);
  if (given.length === 0) return [...fields];
  const sent = [...given];
  for (let i = 0; i < fields.length; i += 2) if (!isGiven(given, fields[i] as string)) sent.push(fields[i] as string, fields[i + 1] as string);
  return sent;
}

function isGiven(given: readonly string[], name: string): boolean {
  for (let i = 0; i < given.length; i += 2) if (given[i] === name) return true;
  return false;
}
