/** The one line of an error that tells an operator enough. A connection refused at several addresses has a code and no message. */
export function reasonOf(error: unknown): string {
  const { message, code } = (error ?? {}) as { message?: string; code?: string };
  return message || code || String(error);
}
