import { sqlState } from './sql-state';

/** SQLSTATE classes of what will never be accepted however often it is sent: 21 cardinality, 22 data, 23 integrity, 54 too large, P0 raised by ours. */
const REFUSALS = new Set(['21', '22', '23', '54', 'P0']);
const CONFLICTS = new Set(['40001', '40P01']);

/** True when Postgres has understood the rows and will not have them, so that sending them again is pointless. */
export function isRefusal(error: unknown): boolean {
  return REFUSALS.has(sqlState(error).slice(0, 2));
}

/** True when the statement lost against another one (a deadlock, a serialization failure) and may be sent again at once. */
export function isConflict(error: unknown): boolean {
  return CONFLICTS.has(sqlState(error));
}
