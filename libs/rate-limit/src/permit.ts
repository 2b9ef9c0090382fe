import type { Seated } from '@higress/kernel';
import type { Scope } from './scope';
import type { RateLimitView } from './view';

/** The right to run one call. It ends by `settle` or `giveBack`; one that is forgotten frees itself. */
export interface Permit {
  readonly view: RateLimitView;
  /** True when the in-process limiter gave it, because Redis is away. */
  readonly degraded: boolean;
  /** What it took, for the limiter that gave it. */
  readonly grant: Grant;
}

export interface Grant extends Seated {
  readonly requestId: string;
  readonly scopes: readonly Scope[];
  readonly tokens: number;
  /** On the clock that decided. */
  readonly atMs: number;
  isOver: boolean;
  /** When its leases are renewed no more, on the clock of `performance.now()`. */
  untilMs: number;
}
