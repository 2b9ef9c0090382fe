import type { Provider } from '@higress/kernel';
import { headerSecrets, redact } from './provider-secrets';

/** The body of a provider's refusal without the values of the headers that its operator configured, which it may quote. */
export function withoutHeaderValues(body: Uint8Array, provider: Pick<Provider, 'headers'>): Uint8Array {
  const secrets = headerSecrets(provider);
  if (secrets.length === 0) return body;
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  const clean = redact(text, secrets);
  return clean === text ? body : Buffer.from(clean);
}
