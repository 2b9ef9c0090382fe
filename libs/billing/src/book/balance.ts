import type { NanoUsd } from '@higress/kernel';

export interface Balance {
  /** The sum of the ledger; negative where a postpaid tenant owes. */
  readonly postedNanoUsd: NanoUsd;
  /** Set aside for running calls. */
  readonly heldNanoUsd: NanoUsd;
  /** What a new prepaid call may still take. */
  readonly availableNanoUsd: NanoUsd;
  /** Why the account refuses new calls; null where it does not. */
  readonly frozen: { readonly at: Date; readonly reason: string } | null;
}
