import type { Provider } from '@higress/kernel';

/** A shorter value is no secret, and redacting it would make words unreadable. */
const MIN_SECRET_CHARS = 6;
const REDACTED = '[redacted]';

/** The values of the headers that a provider's operator configured: they may be secrets. */
export function headerSecrets({ headers }: Pick<Provider, 'headers'>): string[] {
  return Object.values(headers).map((value) => value.trim()).filter((value) => value.length >= MIN_SECRET_CHARS);
}

/** The text without these, as they are, as JSON writes them, and as an address does. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]).reduce((left, secret) => left.replaceAll(secret, REDACTED), text);
}
