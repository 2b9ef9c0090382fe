import { type DomainError, type ErrorCode, type Model, type NanoUsd, NO_USAGE, type Principal, type Usage } from '@higress/kernel';
import type { InferenceCall } from './call';
import type { Attempt, CallReport } from './call-report';

/** Collects what a call came to, for its report alone: no stage decides by it. */
export class CallTrace {
  principal: Principal | null = null;
  model: Model | null = null;
  stream = false;
  readonly attempts: Attempt[] = [];
  usage: Usage = NO_USAGE;
  costNanoUsd: NanoUsd = 0n;
  ttftMs: number | null = null;
  /** Where the answer was before: under the caller's idempotency key, or in the cache. */
  replayed: 'idempotency' | 'cache' | null = null;
  /** Milliseconds spent waiting for providers and for a slow client. */
  waitedMs = 0;

  constructor(readonly call: InferenceCall) {}

  elapsedMs(): number {
    return performance.now() - this.call.receivedAt;
  }

  /** Marks the moment of the first byte to the client; later calls change nothing. */
  firstByte(): void {
    this.ttftMs ??= this.elapsedMs();
  }

  /** Notes how long `work` takes, which is not ours to speed up. Resolves and rejects as it does. */
  waitFor<T>(work: Promise<T>): Promise<T> {
    const from = performance.now();
    const over = () => {
      this.waitedMs += performance.now() - from;
    };
    // Heard before whoever awaits it goes on.
    work.then(over, over);
    return work;
  }

  overheadMs(): number {
    return Math.max(0, this.elapsedMs() - this.waitedMs);
  }

  report(status: number, errorCode: ErrorCode | null, error?: DomainError): CallReport {
    const { call, principal } = this;
    const durationMs = this.elapsedMs();
    return {
      requestId: call.requestId,
      clientRequestId: call.clientRequestId,
      channel: call.channel,
      endpoint: call.endpoint,
      stream: this.stream,
      status,
      errorCode,
      tenantId: principal?.tenantId ?? null,
      caller: principal?.label ?? null,
      model: this.model?.name ?? null,
      modelLabel: this.model ? (this.model.pattern ?? this.model.name) : null,
      attempts: this.attempts,
      replayed: this.replayed,
      usage: this.usage,
      costNanoUsd: this.costNanoUsd,
      ttftMs: this.ttftMs,
      durationMs,
      overheadMs: Math.max(0, durationMs - this.waitedMs),
      cause: error?.cause,
    };
  }
}
