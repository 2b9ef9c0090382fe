import { DomainError } from '@higress/kernel';

/** What Postgres refuses in a text and in `jsonb`: the character 0, and halves of surrogate pairs. */
const UNKEEPABLE = /\0|\p{Surrogate}/u;

/** Refuses texts and names of fields that cannot be kept, at any depth. @throws DomainError VALIDATION_FAILED that names the place, never the text */
export function refuseUnkeepable(value: unknown, path: readonly string[] = []): void {
  if (typeof value === 'string' && UNKEEPABLE.test(value)) throw unkeepable(path);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (UNKEEPABLE.test(name)) throw unkeepable(path);
    refuseUnkeepable(member, [...path, name]);
  }
}

function unkeepable(path: readonly string[]): DomainError {
  const at = path.join('.');
  return new DomainError('VALIDATION_FAILED', { param: at, details: [{ path: at, message: 'has a character that cannot be kept: U+0000, or half of a surrogate pair' }] });
}
