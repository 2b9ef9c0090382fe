const MAX_CAUSES = 5;

/** The SQLSTATE of an error, or of the one that it wraps; empty where there is none. */
export function sqlState(error: unknown): string {
  for (let cause = error, depth = 0; cause instanceof Error && depth < MAX_CAUSES; cause = cause.cause, depth++) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
  }
  return '';
}
