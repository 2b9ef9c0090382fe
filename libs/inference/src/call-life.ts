import { DomainError, type Ending, type Seated } from '@higress/kernel';
import { Deadline } from '@higress/upstream';
import type { Client } from './call';

/** Why a call ended that nobody waits for any more. */
const CLIENT_GONE = Symbol('client gone');

/** How long a call may live: until its client leaves or its overall deadline passes, retries included. */
export class CallLife implements Ending, Seated {
  seat = -1;
  /** Why it ended before its time; undefined while it has not. */
  reason: unknown;
  private listeners: (() => void)[] = [];
  private readonly deadline = new Deadline(() => this.abort(new DomainError('UPSTREAM_TIMEOUT', { message: 'The answer was not complete in time.' })));

  constructor(client: Client) {
    client.onGone(() => this.abort(CLIENT_GONE));
  }

  get aborted(): boolean {
    return this.reason !== undefined;
  }

  get clientGone(): boolean {
    return this.reason === CLIENT_GONE;
  }

  addEventListener(_type: 'abort', heard: () => void): void {
    this.listeners.push(heard);
  }

  removeEventListener(_type: 'abort', heard: () => void): void {
    const at = this.listeners.indexOf(heard);
    if (at >= 0) this.listeners.splice(at, 1);
  }

  /** Starts the overall deadline. */
  startDeadline(totalMs: number): void {
    this.deadline.within(totalMs);
  }

  /** Only the first reason counts. */
  abort(reason: DomainError | typeof CLIENT_GONE): void {
    if (this.aborted) return;
    this.reason = reason;
    for (const heard of [...this.listeners]) heard();
  }

  /** @throws the reason of a life that ended */
  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  /** The fault that ended this life, or else the one that was thrown. */
  faultOf(thrown: unknown): unknown {
    return this.aborted && !this.clientGone ? this.reason : thrown;
  }

  end(): void {
    this.deadline.clear();
  }
}
