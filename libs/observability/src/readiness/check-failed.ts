/** Thrown by a readiness check to say what is wrong in words that anybody may read: `/ready` shows its message and detail. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';

  constructor(
    message: string,
    readonly detail: object = {},
  ) {
    super(message);
  }
}
