import { DomainError, isUuid } from '@higress/kernel';

/** Which part of a list is wanted: newest first, after the row that `cursor` names. */
export interface PageRequest {
  /** Rows at most; the caller bounds it. */
  readonly limit: number;
  /** `nextCursor` of the page before; null for the first one. */
  readonly cursor: string | null;
}

export interface Page<T> {
  readonly rows: readonly T[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/**
 * The id that a cursor names.
 * @throws DomainError INVALID_REQUEST when it is no cursor of ours
 */
export function readCursor(cursor: string): string {
  if (!isUuid(cursor)) throw new DomainError('INVALID_REQUEST', { message: 'The cursor is not valid.', param: 'cursor' });
  return cursor;
}

/** A page out of `limit + 1` rows that were asked for: the one too many tells that there is another page. */
export function toPage<T extends { readonly id: string }>(rows: readonly T[], limit: number): Page<T> {
  const shown = rows.slice(0, limit);
  return { rows: shown, nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null };
}
