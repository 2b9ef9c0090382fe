const SECRETS = new Set(['password', 'new_password', 'current_password', 'password_hash', 'secret', 'signing_secret', 'key', 'api_key', 'value', 'token', 'access_token', 'refresh_token', 'reset_token', 'authorization']);
const HIDDEN = '[hidden]';

/**
 * What of a change may be written down for ever: fields named like a secret keep their name alone, and so do the values of `headers`, where providers take theirs.
 * Callers leave secrets out themselves; this is for the field that somebody adds later.
 */
export function hideSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hideSecrets);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, hidden(name.toLowerCase(), part)]));
}

function hidden(name: string, part: unknown): unknown {
  if (SECRETS.has(name) && part !== null && part !== undefined) return HIDDEN;
  if (name === 'headers' && typeof part === 'object' && part !== null) return Object.fromEntries(Object.keys(part).map((header) => [header, HIDDEN]));
  return hideSecrets(part);
}
