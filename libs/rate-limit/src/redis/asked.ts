import type { Decision } from '../decision';
import { WINDOWS } from '../limits';
import type { Scope } from '../scope';

/** A call that waits for Redis's decision; its scopes share a slot. */
export interface Admission {
  readonly scopes: readonly Scope[];
  readonly id: string;
  readonly tokens: number;
  decided(decision: Decision): void;
  failed(error: Error): void;
}

/** The end of an admitted call; its scopes share a slot. */
export interface Settlement {
  readonly scopes: readonly Scope[];
  readonly id: string;
  /** When Redis admitted it, on Redis's clock. */
  readonly atMs: number;
  /** What to add to the requests: 0, or -1 when they are given back. */
  readonly requests: number;
  /** What to add to the tokens: the actual ones minus the reserved ones. */
  readonly tokens: number;
}

/** What one script call is asked, the ends before the admissions. */
export interface Batch {
  readonly ends: readonly Settlement[];
  readonly admissions: readonly Admission[];
}

/** False when there is nothing to tell Redis. */
export function isWorthSettling({ scopes, requests, tokens }: Settlement): boolean {
  return scopes.some((scope) => hasLeases(scope) || WINDOWS.some(({ name, counts }) => scope.limits[name] !== null && (counts === 'tokens' ? tokens : requests) !== 0));
}

export function hasLeases({ limits }: Scope): boolean {
  return limits.concurrent !== null;
}
