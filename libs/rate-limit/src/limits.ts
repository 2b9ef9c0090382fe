import type { ErrorCode } from '@higress/kernel';

/** Limits of one scope, the channel's defaults already applied. `null` is no limit, 0 lets nothing through. */
export interface ResolvedLimits {
  /** Requests per minute. */
  readonly rpm: number | null;
  /** Tokens per minute. */
  readonly tpm: number | null;
  /** Requests per UTC day. */
  readonly rpd: number | null;
  /** Tokens per UTC day. */
  readonly tpd: number | null;
  /** Requests running at the same time. */
  readonly concurrent: number | null;
  /** Requests per second. */
  readonly burst: number | null;
}

/** A limit on what passes in a stretch of time. Redis's scripts and the in-process limiter both work from this table alone. */
export interface WindowLimit {
  readonly name: Exclude<keyof ResolvedLimits, 'concurrent'>;
  readonly code: ErrorCode;
  readonly counts: 'requests' | 'tokens';
  readonly lengthMs: number;
  readonly per: 'day' | 'minute' | 'second';
  /** True: windows begin at whole multiples of their length; false: at the first request after the last one ended. */
  readonly aligned: boolean;
  /** True: the window before still counts, by the share of it that lies within one length of now. */
  readonly slides: boolean;
  /** True: told in the header of every answer. */
  readonly shown: boolean;
}

const DAY = { lengthMs: 86_400_000, per: 'day', aligned: true, slides: false, shown: true } as const;
const MINUTE = { lengthMs: 60_000, per: 'minute', aligned: true, slides: true, shown: true } as const;
const SECOND = { lengthMs: 1000, per: 'second', aligned: false, slides: false, shown: false } as const;

/** In the order in which a scope checks them: the longest wait first, so that a refusal names the limit that matters. */
export const WINDOWS: readonly WindowLimit[] = [
  { name: 'rpd', code: 'RATE_LIMIT_RPD', counts: 'requests', ...DAY },
  { name: 'tpd', code: 'RATE_LIMIT_TPD', counts: 'tokens', ...DAY },
  { name: 'rpm', code: 'RATE_LIMIT_RPM', counts: 'requests', ...MINUTE },
  { name: 'tpm', code: 'RATE_LIMIT_TPM', counts: 'tokens', ...MINUTE },
  { name: 'burst', code: 'RATE_LIMIT_BURST', counts: 'requests', ...SECOND },
];

/** After the windows, the one limit that is not on a stretch of time: each running request holds a lease. */
export const CONCURRENT_CODE: ErrorCode = 'RATE_LIMIT_CONCURRENT';
/** Nobody knows when a running request ends. */
export const CONCURRENT_RETRY_MS = 1000;

export const NO_LIMIT: ResolvedLimits = { rpm: null, tpm: null, rpd: null, tpd: null, concurrent: null, burst: null };

export function isLimited(limits: ResolvedLimits): boolean {
  return limits.rpm !== null || limits.tpm !== null || limits.concurrent !== null || limits.burst !== null || limits.rpd !== null || limits.tpd !== null;
}
