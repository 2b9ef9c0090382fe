import type { Decision, Reading } from './decision';
import { remaining, resetMs } from './window';

/** What a caller may know of the limits of its key and tenant; null where there is none. */
export interface RateLimitView {
  readonly limitRequests: number | null;
  readonly remainingRequests: number | null;
  readonly resetRequestsMs: number | null;
  readonly limitTokens: number | null;
  readonly remainingTokens: number | null;
  readonly resetTokensMs: number | null;
  /** The request limit with the least left of it. */
  readonly tightest: { readonly limit: number; readonly remaining: number; readonly resetAtUnixSeconds: number } | null;
}

interface Left {
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
}

export const NO_VIEW: RateLimitView = { limitRequests: null, remainingRequests: null, resetRequestsMs: null, limitTokens: null, remainingTokens: null, resetTokensMs: null, tightest: null };

/** The tightest limit on requests and the tightest on tokens: least remaining ÷ limit, the key's where both are equal. */
export function viewOf({ readings, nowMs }: Decision): RateLimitView {
  let requests: Left | null = null;
  let tokens: Left | null = null;
  for (const reading of readings) {
    if (!reading.window.shown || (reading.scope.name !== 'key' && reading.scope.name !== 'tenant')) continue;
    if (reading.window.counts === 'requests') requests = tighter(requests, reading);
    else tokens = tighter(tokens, reading);
  }
  return {
    limitRequests: requests?.limit ?? null,
    remainingRequests: requests?.remaining ?? null,
    resetRequestsMs: requests?.resetMs ?? null,
    limitTokens: tokens?.limit ?? null,
    remainingTokens: tokens?.remaining ?? null,
    resetTokensMs: tokens?.resetMs ?? null,
    tightest: requests && { limit: requests.limit, remaining: requests.remaining, resetAtUnixSeconds: Math.ceil((nowMs + requests.resetMs) / 1000) },
  };
}

function tighter(left: Left | null, reading: Reading): Left {
  const { window, limit } = reading;
  const rest = remaining(window, limit, reading);
  if (left && shareOf(left.remaining, left.limit) <= shareOf(rest, limit)) return left;
  return { limit, remaining: rest, resetMs: resetMs(window, limit, reading) };
}

function shareOf(remaining: number, limit: number): number {
  return limit === 0 ? 0 : remaining / limit;
}
