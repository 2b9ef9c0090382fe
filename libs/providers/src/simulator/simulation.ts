import type { Endpoint } from '@higress/kernel';

/** One call to simulate. Whatever is not in here does not influence the answer. */
export interface Simulation {
  readonly endpoint: Endpoint;
  /** The upstream model; its name chooses pace and faults, see `behaviour.ts`. */
  readonly model: string;
  /** The request's parsed JSON; anything at all. */
  readonly body: unknown;
  /** Becomes part of the answer's ids. */
  readonly id: string;
  readonly createdUnix: number;
  /** Decides what is left to chance (`sim-flaky-<percent>`); the same seed, the same fate. */
  readonly seed: number;
}
