/** The SQLSTATE or the `E…` of a failed system call; empty where the error has neither. Also for errors of another realm, which `instanceof` misses. */
export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
