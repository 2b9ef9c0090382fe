/** The command line does not fit. Exits with 2, and points at the help of `command`, or at all of it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(
    message: string,
    readonly command?: string,
  ) {
    super(message);
  }
}
