import { DomainError } from '@higress/kernel';
import type { ArgumentMetadata } from '@nestjs/common';
import { createZodValidationPipe } from 'nestjs-zod';
import { z } from 'zod';

/** Checks bodies and queries against the schema of their class, and names every fault. A value is never repeated: it may be a secret. */
export class ManagementPipe extends createZodValidationPipe({ createValidationException: refuse }) {
  override transform(value: unknown, metadata: ArgumentMetadata): unknown {
    if (metadata.type === 'body' || metadata.type === 'query') refuseUnkeepable(value, []);
    return super.transform(value, metadata);
  }
}

/** What Postgres refuses in a text and in `jsonb`: the character 0, and halves of surrogate pairs. */
const UNKEEPABLE = /\0|\p{Surrogate}/u;

function refuseUnkeepable(value: unknown, path: readonly string[]): void {
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

function refuse(error: unknown): Error {
  if (!(error instanceof z.ZodError)) throw error;
  const details = error.issues.flatMap(({ path, message, ...issue }) => {
    if (issue.code !== 'unrecognized_keys') return [{ path: path.join('.'), message }];
    return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'is not a field here' }));
  });
  return new DomainError('VALIDATION_FAILED', { param: details[0]?.path, details });
}
