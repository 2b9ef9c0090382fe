import type { WindowLimit } from './limits';

/**
 * What passed in a window and in the one before it.
 * All sums here are of integers, multiplied by the window's length instead of divided by it, so that nothing is rounded and the limit
 * is met exactly.
 */
export interface Passed {
  readonly current: number;
  readonly previous: number;
  /** Of the current window, in ms. */
  readonly elapsedMs: number;
}

/** True when `cost` more stay within `limit`. */
export function fits({ lengthMs }: WindowLimit, limit: number, passed: Passed, cost: number): boolean {
  return (passed.current + cost) * lengthMs + passed.previous * (lengthMs - passed.elapsedMs) <= limit * lengthMs;
}

/** How many more fit now; never below 0. */
export function remaining({ lengthMs }: WindowLimit, limit: number, passed: Passed): number {
  const used = passed.current * lengthMs + passed.previous * (lengthMs - passed.elapsedMs);
  return Math.max(0, Math.floor((limit * lengthMs - used) / lengthMs));
}

/** Ms until `cost` more fit, if nobody else takes any; 0 when they fit now, Infinity when they never can. */
export function waitMs({ lengthMs, slides }: WindowLimit, limit: number, passed: Passed, cost: number): number {
  const room = limit - cost;
  if (room < 0) return Infinity;
  const { current, previous, elapsedMs } = passed;
  if (current <= room) return previous === 0 ? 0 : Math.max(0, fadesToMs(lengthMs, previous, room - current) - elapsedMs);
  return lengthMs - elapsedMs + (slides ? fadesToMs(lengthMs, current, room) : 0);
}

/** Ms into a window at which `amount` of the window before counts for no more than `room`. */
function fadesToMs(lengthMs: number, amount: number, room: number): number {
  return Math.max(0, lengthMs - Math.floor((room * lengthMs) / amount));
}

/** Ms until the window turns or one more fits, whichever is later: a client that waits for it is let in. */
export function resetMs(window: WindowLimit, limit: number, passed: Passed): number {
  const wait = waitMs(window, limit, passed, 1);
  const turns = window.lengthMs - passed.elapsedMs;
  return Number.isFinite(wait) ? Math.max(turns, wait) : turns;
}
