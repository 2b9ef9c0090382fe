import type { NanoUsd, Usage } from '@higress/kernel';
import type { HoldDraft } from '../hold/hold-draft';

/** How a call ended, whatever it came to. Times are milliseconds, null or absent where they never came to be. */
export interface Outcome {
  /** The status that the client got; 499 where it left. */
  readonly status: number;
  readonly errorCode: string | null;
  /** How many deployments were tried. */
  readonly attempts: number;
  readonly ttftMs?: number | null;
  readonly durationMs?: number | null;
  /** The share of it that was ours. */
  readonly overheadMs?: number | null;
}

/** A call that a provider answered, wholly or in part. */
export interface SettleRecord extends Outcome {
  readonly hold: HoldDraft;
  /** Name of the provider that answered. */
  readonly provider: string;
  readonly upstreamModel: string;
  readonly usage: Usage;
  /** The usage at the answering deployment's price, whether it is charged or not. */
  readonly costNanoUsd: NanoUsd;
  /** True where the provider's own numbers were absurd and `usage` is what we made of them. */
  readonly clamped?: boolean;
  /** False where no provider answered: the call counts for nothing in budgets of requests. True unless told. */
  readonly answered?: boolean;
}
