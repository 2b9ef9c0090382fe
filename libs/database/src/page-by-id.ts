import { DomainError, isUuid } from '@higress/kernel';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';

export interface PageRequest {
  /** Rows at most. */
  readonly limit: number;
  /** As a page before gave it. */
  readonly cursor?: string;
}

export interface Page<T> {
  readonly data: readonly T[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/**
 * A page of rows whose ids are UUIDv7, newest first. Rows that come or go meanwhile are neither repeated nor skipped.
 * @throws DomainError VALIDATION_FAILED for a cursor that is not one
 */
export async function pageById<T extends ObjectLiteral & { id: string }>(query: SelectQueryBuilder<T>, { limit, cursor }: PageRequest): Promise<Page<T>> {
  if (cursor !== undefined && !isUuid(cursor)) throw new DomainError('VALIDATION_FAILED', { param: 'cursor', details: [{ path: 'cursor', message: 'is not a cursor of this list' }] });
  if (cursor !== undefined) query.andWhere(`${query.alias}.id < :cursor`, { cursor });
  const rows = await query.orderBy(`${query.alias}.id`, 'DESC').limit(limit + 1).getMany();
  const data = rows.slice(0, limit);
  return { data, nextCursor: rows.length > limit ? (data.at(-1)?.id ?? null) : null };
}
