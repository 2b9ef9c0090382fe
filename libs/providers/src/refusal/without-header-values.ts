import type { Provider } from '@higress/kernel';

/** A shorter value is no secret, and redacting it would make words unreadable. */
const MIN_SECRET_CHARS = 6;
const REDACTED = '[redacted]';

/** The body of a provider's refusal without the values of the headers that its operator configured, which it may quote: they may be secrets. */
export function withoutHeaderValues(body: Uint8Array, { headers }: Pick<Provider, 'headers'>): Uint8Array {
  const secrets = Object.values(headers).map((value) => value.trim()).filter((value) => value.length >= MIN_SECRET_CHARS);
  if (secrets.length === 0) return body;
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  const spellings = secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  const clean = spellings.reduce((left, secret) => left.replaceAll(secret, REDACTED), text);
  return clean === text ? body : Buffer.from(clean);
}
