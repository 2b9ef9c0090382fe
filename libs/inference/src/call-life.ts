import { DomainError } from '@higress/kernel';
import type { Client } from './call';

/** Why a call ended that nobody waits for any more. */
export const CLIENT_GONE = Symbol('client gone');

/** How long a call may live: until its client leaves or its overall deadline passes, retries included. */
export class CallLife {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(client: Client) {
    client.onGone(() => this.controller.abort(CLIENT_GONE));
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get clientGone(): boolean {
    return this.controller.signal.reason === CLIENT_GONE;
  }

  /** Starts the overall deadline. */
  startDeadline(totalMs: number): void {
    this.timer = setTimeout(() => this.controller.abort(new DomainError('UPSTREAM_TIMEOUT', { message: 'The answer was not complete in time.' })), totalMs);
  }

  abort(reason: DomainError): void {
    this.controller.abort(reason);
  }

  /** The fault that ended this life, or else the one that was thrown. */
  faultOf(thrown: unknown): unknown {
    return this.controller.signal.aborted && !this.clientGone ? this.controller.signal.reason : thrown;
  }

  end(): void {
    clearTimeout(this.timer);
  }
}
