/** Limits of one scope (a key, a tenant). `null`: the channel's default holds for rpm and tpm, no limit for the others. */
export interface Limits {
  /** Requests per minute. */
  readonly rpm: number | null;
  /** Tokens per minute, reserved from an estimate and corrected at the end. */
  readonly tpm: number | null;
  /** Requests per UTC day. */
  readonly rpd: number | null;
  /** Tokens per UTC day. */
  readonly tpd: number | null;
  /** Requests running at the same time. */
  readonly concurrent: number | null;
  /** Requests per second. */
  readonly burst: number | null;
  /** True: no limit of this scope holds, not even the defaults. */
  readonly unlimited: boolean;
}

export const NO_LIMITS: Limits = { rpm: null, tpm: null, rpd: null, tpd: null, concurrent: null, burst: null, unlimited: false };
