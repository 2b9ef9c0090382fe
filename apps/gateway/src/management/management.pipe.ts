import { DomainError } from '@higress/kernel';
import type { ArgumentMetadata } from '@nestjs/common';
import { createZodValidationPipe } from 'nestjs-zod';
import { z } from 'zod';
import { refuseUnkeepable } from './refuse-unkeepable';

/** Checks bodies and queries against the schema of their class, and names every fault. A value is never repeated: it may be a secret. */
export class ManagementPipe extends createZodValidationPipe({ createValidationException: refuse }) {
  override transform(value: unknown, metadata: ArgumentMetadata): unknown {
    if (metadata.type === 'body' || metadata.type === 'query') refuseUnkeepable(value);
    return super.transform(value, metadata);
  }
}

function refuse(error: unknown): Error {
  if (!(error instanceof z.ZodError)) throw error;
  const details = error.issues.flatMap(({ path, message, ...issue }) => {
    if (issue.code !== 'unrecognized_keys') return [{ path: path.join('.'), message }];
    return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'is not a field here' }));
  });
  return new DomainError('VALIDATION_FAILED', { param: details[0]?.path, details });
}
