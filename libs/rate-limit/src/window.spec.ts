import { seeded } from './fixtures/limit-model';
import { WINDOWS, type WindowLimit } from './limits';
import { fits, remaining, resetMs, waitMs, type Passed } from './window';

const windowOf = (name: WindowLimit['name']) => WINDOWS.find((window) => window.name === name) as WindowLimit;
const minute = windowOf('rpm');
const day = windowOf('rpd');

/** The same window `ms` later, if nobody took anything. */
function later({ lengthMs, slides }: WindowLimit, passed: Passed, ms: number): Passed {
  const elapsedMs = passed.elapsedMs + ms;
  if (elapsedMs < lengthMs) return { ...passed, elapsedMs };
  const turns = Math.floor(elapsedMs / lengthMs);
  return { current: 0, previous: slides && turns === 1 ? passed.current : 0, elapsedMs: elapsedMs - turns * lengthMs };
}

describe('a window', () => {
  it('takes exactly its limit after a quiet one, and not one more', () => {
    expect(fits(minute, 60, { current: 59, previous: 0, elapsedMs: 0 }, 1)).toBe(true);
    expect(fits(minute, 60, { current: 60, previous: 0, elapsedMs: 59_999 }, 1)).toBe(false);
  });

  it('never rounds the weight of the window before in favour of the caller', () => {
    expect(fits(minute, 60, { current: 0, previous: 60, elapsedMs: 999 }, 1)).toBe(false);
    expect(fits(minute, 60, { current: 0, previous: 60, elapsedMs: 1000 }, 1)).toBe(true);
    expect(remaining(minute, 60, { current: 0, previous: 60, elapsedMs: 1999 })).toBe(1);
  });

  it('says when it turns or lets one in, whichever is later', () => {
    expect(resetMs(minute, 60, { current: 10, previous: 0, elapsedMs: 20_000 })).toBe(40_000);
    expect(resetMs(minute, 60, { current: 60, previous: 0, elapsedMs: 20_000 })).toBe(41_000);
    expect(resetMs(day, 5, { current: 5, previous: 0, elapsedMs: 86_000_000 })).toBe(400_000);
  });

  it('never lets in what alone is more than the limit', () => {
    expect(waitMs(minute, 100, { current: 0, previous: 0, elapsedMs: 0 }, 101)).toBe(Infinity);
    expect(waitMs(minute, 0, { current: 0, previous: 0, elapsedMs: 0 }, 1)).toBe(Infinity);
  });

  it('tells to the millisecond when a call will be let in', () => {
    const random = seeded(7);
    for (let i = 0; i < 20_000; i += 1) {
      const window = WINDOWS[Math.floor(random() * WINDOWS.length)] as WindowLimit;
      const limit = 1 + Math.floor(random() * (random() < 0.5 ? 10 : 1_000_000));
      const cost = Math.min(limit, 1 + Math.floor(random() * random() * limit));
      const passed = {
        current: Math.floor(random() * limit * 1.2),
        previous: window.slides ? Math.floor(random() * limit * 1.2) : 0,
        elapsedMs: Math.floor(random() * window.lengthMs),
      };
      const wait = waitMs(window, limit, passed, cost);
      expect(fits(window, limit, later(window, passed, wait), cost)).toBe(true);
      if (wait > 0) expect(fits(window, limit, later(window, passed, wait - 1), cost)).toBe(false);
      const left = remaining(window, limit, passed);
      expect(fits(window, limit, passed, left + 1)).toBe(false);
      if (left > 0) expect(fits(window, limit, passed, left)).toBe(true);
    }
  });
});
