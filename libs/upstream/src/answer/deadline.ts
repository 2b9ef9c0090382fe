import { performance } from 'node:perf_hooks';
import { Roster, type Seated } from '@higress/kernel';

/** How late a deadline may be noticed. One clock looks at all of them: a timer for each would cost each call more than its deadlines are worth. */
const LOOK_MS = 20;

const armed = new Roster<Deadline>();
let clock: NodeJS.Timeout | undefined;

function look(): void {
  const now = performance.now();
  for (const deadline of armed) deadline.lookAt(now);
  if (armed.size > 0) return;
  clearInterval(clock);
  clock = undefined;
}

/** A moment that keeps being moved, noticed within 20 ms. Moving it costs a clock reading and no timer. */
export class Deadline implements Seated {
  seat = -1;
  private dueAt = Infinity;

  constructor(private readonly onDue: () => void) {}

  /** Moves the moment to `ms` from now, earlier or later. `Infinity` is never. */
  within(ms: number): void {
    if (this.dueAt === Infinity) {
      armed.add(this);
      // What came while this process was busy or slept is read first: its own pause is nobody's silence.
      clock ??= setInterval(() => setImmediate(look), LOOK_MS);
    }
    this.dueAt = performance.now() + ms;
    if (ms === Infinity) this.clear();
  }

  clear(): void {
    this.dueAt = Infinity;
    armed.delete(this);
  }

  /** For the clock alone. */
  lookAt(now: number): void {
    if (now < this.dueAt) return;
    this.clear();
    this.onDue();
  }
}
