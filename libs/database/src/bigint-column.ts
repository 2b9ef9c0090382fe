import type { ValueTransformer } from 'typeorm';

/**
 * Carries a Postgres `bigint` as a JavaScript one. pg itself hands it over as text, which is what raw queries see.
 * Such a column does not declare its default: after an insert TypeORM would put that into the entity, as text.
 */
export const bigintColumn: ValueTransformer = {
  from: (value: string | null): bigint | null => (value === null ? null : BigInt(value)),
  to: (value: bigint | null | undefined): string | null | undefined => (typeof value === 'bigint' ? value.toString() : value),
};
