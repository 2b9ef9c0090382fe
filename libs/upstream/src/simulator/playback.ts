import { performance } from 'node:perf_hooks';
import { DomainError } from '@higress/kernel';
import type { SimulatedAnswer, Step } from '@higress/providers';
import { LiveAnswer, type AnswerSource } from '../answer/live-answer';
import type { UpstreamAnswer, UpstreamCall } from '../answer/upstream-call';

/** Steps that are due at once are played in one go up to so many; then everybody else has a turn. */
const STEPS_PER_TURN = 256;

/** Plays a simulated answer against the clock, as a socket would deliver it. */
export class Playback implements AnswerSource {
  private readonly answer: LiveAnswer;
  private readonly steps: Iterator<Step>;
  private next: IteratorResult<Step>;
  private dueAt = performance.now();
  private timer: NodeJS.Timeout | undefined;
  private turn: NodeJS.Immediate | undefined;
  private hasBegun = false;

  constructor(
    call: UpstreamCall,
    private readonly simulated: SimulatedAnswer,
  ) {
    this.steps = simulated.steps[Symbol.iterator]();
    this.answer = new LiveAnswer(call, this);
    this.answer.awaitFirstByte(call.firstTokenMs);
    this.next = this.steps.next();
    this.dueAt += this.stepMs();
    if (!this.answer.isOver) this.play();
  }

  get started(): Promise<UpstreamAnswer> {
    return this.answer.started;
  }

  /** The reader was slow: what was due meanwhile is not made up for. */
  resume(): void {
    this.dueAt = Math.max(this.dueAt, performance.now());
    this.turn = setImmediate(this.play);
  }

  abort(): void {
    clearTimeout(this.timer);
    clearImmediate(this.turn);
    this.steps.return?.();
  }

  private stepMs(): number {
    return this.next.done ? 0 : this.next.value.afterMs;
  }

  private readonly play = (): void => {
    for (let played = 0; ; played++) {
      const waitMs = this.dueAt - performance.now();
      if (waitMs > 0) {
        this.timer = setTimeout(this.play, waitMs);
        return;
      }
      if (played === STEPS_PER_TURN) {
        this.turn = setImmediate(this.play);
        return;
      }
      if (!this.playStep()) return;
    }
  };

  /** False where playing must not go on by itself. */
  private playStep(): boolean {
    if (this.next.done) {
      this.answer.end();
      return false;
    }
    const step = this.next.value;
    if ('fault' in step) {
      this.breakDown(step.fault);
      return false;
    }
    if (!this.hasBegun) this.answer.begin(this.simulated.status, this.simulated.headers, this.simulated.headers['content-encoding']);
    this.hasBegun = true;
    const goesOn = this.answer.push(step.bytes);
    if (this.answer.isOver) return false;
    this.next = this.steps.next();
    this.dueAt += this.stepMs();
    return goesOn;
  }

  private breakDown(fault: 'refuse' | 'reset' | 'hang'): void {
    if (fault === 'hang') return;
    this.answer.fail(new DomainError('UPSTREAM_ERROR', { message: fault === 'refuse' ? 'The simulator refuses the connection.' : 'The simulator broke the connection.' }));
  }
}
