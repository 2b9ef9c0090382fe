import type { BillingMode, Channel, Dialect, NanoUsd, Price } from '@higress/kernel';
import type { OpenCall } from './open-call';

/** Who calls what. Everything that a usage row needs to know before the call, so that a call that breaks off can still be recorded. */
export interface CallIdentity {
  /** A UUIDv7. */
  readonly requestId: string;
  /** The moment inside `requestId`. */
  readonly startedAt: Date;
  readonly channel: Channel;
  readonly tenantId: string;
  /** Null on the internal channel. */
  readonly keyId: string | null;
  /** Who calls on the internal channel; null for a key. */
  readonly userId?: string | null;
  /** As the client asked for it. */
  readonly model: string;
  /** Name of the provider that is tried first. */
  readonly provider: string;
  readonly upstreamModel: string;
  /** The client's dialect. */
  readonly dialect: Dialect;
  readonly stream: boolean;
  /** The caller's own `x-request-id`. */
  readonly clientRequestId: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** The most that a call may use of budgets. */
export interface BudgetDraft {
  /** At price, whether it is charged or not. */
  readonly amountNanoUsd: NanoUsd;
  readonly tokens: number;
}

/** What a call may cost at most, and on whose account. */
export interface HoldDraft {
  readonly call: CallIdentity;
  readonly billing: BillingMode;
  /** Upper bound of the charge; 0 where nothing is charged or set aside. */
  readonly amountNanoUsd: NanoUsd;
  /** Frozen into the hold: a price that changes meanwhile is not this call's. */
  readonly price: Price | null;
  /** Null or absent where neither the key nor its tenant has a budget. */
  readonly budget?: BudgetDraft | null;
  /** Where its hold is while the call runs: for `Holds` alone. */
  open?: OpenCall | null;
}

/** Whether the call is paid for at all: the internal channel and internal tenants are recorded at price only. */
export function isCharged({ call, billing }: HoldDraft): boolean {
  return billing !== 'internal' && call.channel === 'external';
}
