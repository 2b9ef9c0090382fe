import type { BillingMode, Channel } from './channel';
import type { Limits } from './limits';

/** Who a call is made for. Everything that the pipeline needs to decide, so that a known caller costs no look-up. */
export interface Principal {
  readonly channel: Channel;
  readonly tenantId: string;
  readonly billing: BillingMode;
  /** Null on the internal channel. */
  readonly keyId: string | null;
  /** The shown part of a key, safe to log; a user's id on the internal channel. */
  readonly label: string;
  /** Null for a key. */
  readonly userId: string | null;
  /** Limits of the key, or of the user on the internal channel. */
  readonly limits: Limits;
  readonly tenantLimits: Limits;
  /** Globs of model names that may be called; null is all. */
  readonly models: readonly string[] | null;
  /** Endpoints that may be called; null is all. */
  readonly endpoints: readonly string[] | null;
  /** CIDRs that may call; null is all. */
  readonly allowedIps: readonly string[] | null;
  /** True where the key wants answers out of the cache without asking each time. */
  readonly cache?: boolean;
  readonly tags: Readonly<Record<string, string>>;
  /** True where a budget of the key or of its tenant may refuse the call. Never on the internal channel. */
  readonly budgeted: boolean;
}
