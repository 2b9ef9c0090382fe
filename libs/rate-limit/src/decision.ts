import type { WindowLimit } from './limits';
import type { Scope } from './scope';
import type { Passed } from './window';

/** What passed in one limited window of one scope. */
export interface Reading extends Passed {
  readonly scope: Scope;
  readonly window: WindowLimit;
  readonly limit: number;
}

/** What a limiter, Redis's or the one in process, has decided about one call. */
export interface Decision {
  /** The first scope that is over, and which of its limits; null when the call is admitted. */
  readonly refusedBy: { readonly scope: Scope; readonly limit: WindowLimit | 'concurrent' } | null;
  /** Every limited window of every scope, in the scopes' order, as it is after the decision. */
  readonly readings: readonly Reading[];
  /** On the clock that decided. */
  readonly nowMs: number;
}
