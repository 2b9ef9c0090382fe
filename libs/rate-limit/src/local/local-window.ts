import type { WindowLimit } from '../limits';
import type { Passed } from '../window';

/** A window counted in this process. */
export interface LocalWindow {
  startMs: number;
  current: number;
  previous: number;
}

/** Turns it to the window of `nowMs`, as admit.lua does. */
export function turn(counted: LocalWindow, { lengthMs, aligned, slides }: WindowLimit, nowMs: number): Passed {
  const begins = aligned ? nowMs - (nowMs % lengthMs) : nowMs;
  const age = begins - counted.startMs;
  if (aligned ? age > 0 || age < -lengthMs : counted.current === 0 || Math.abs(age) >= lengthMs) {
    counted.previous = slides && age === lengthMs ? counted.current : 0;
    counted.current = 0;
    counted.startMs = begins;
  }
  return { current: counted.current, previous: counted.previous, elapsedMs: Math.max(0, nowMs - counted.startMs) };
}

/** Adds to the window in which `atMs` lies, where that still counts; nothing falls below zero. */
export function correct(counted: LocalWindow, { lengthMs, slides }: WindowLimit, atMs: number, difference: number): void {
  const age = atMs - counted.startMs;
  if (age >= 0 && age < lengthMs) counted.current = Math.max(0, counted.current + difference);
  else if (slides && age < 0 && age >= -lengthMs) counted.previous = Math.max(0, counted.previous + difference);
}
