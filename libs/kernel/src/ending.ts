/**
 * The part of an `AbortSignal` that a call needs: whether it is over, why, and to hear of it once. An `AbortSignal` is one; making one for
 * each call costs more than all that is asked of it.
 */
export interface Ending {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', heard: () => void): void;
  removeEventListener(type: 'abort', heard: () => void): void;
}
