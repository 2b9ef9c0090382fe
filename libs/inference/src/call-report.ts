import type { Channel, Endpoint, ErrorCode, NanoUsd, Usage } from '@higress/kernel';

/** `cancelled`: the client left, which says nothing of the provider. */
export type Outcome = 'ok' | 'cancelled' | ErrorCode;

/** One try at one deployment. */
export interface Attempt {
  readonly deploymentId: string;
  readonly provider: string;
  readonly upstreamModel: string;
  readonly outcome: Outcome;
  /** Until the first byte of the answer, or the failure. */
  readonly durationMs: number;
}

/** What became of a call: what the log line, the metrics and the `gateway` block of the internal channel are made of. */
export interface CallReport {
  readonly requestId: string;
  readonly clientRequestId: string | null;
  readonly channel: Channel;
  readonly endpoint: Endpoint;
  readonly stream: boolean;
  readonly status: number;
  readonly errorCode: ErrorCode | null;
  readonly tenantId: string | null;
  /** A key's prefix or a user's id. */
  readonly caller: string | null;
  /** Null where no model of ours was named: a stranger's word never becomes a label. */
  readonly model: string | null;
  /** What metrics call it: the pattern where the model is named by one, because labels must be bounded. */
  readonly modelLabel: string | null;
  readonly attempts: readonly Attempt[];
  /** Where the answer was before: under the caller's idempotency key, or in the cache; null for one that was made. */
  readonly replayed: 'idempotency' | 'cache' | null;
  readonly usage: Usage;
  readonly costNanoUsd: NanoUsd;
  readonly ttftMs: number | null;
  readonly durationMs: number;
  /** The time that was ours: all of it less the waiting for providers and for a slow client. */
  readonly overheadMs: number;
  /** For the log: what a DomainError was caused by. */
  readonly cause?: unknown;
}
