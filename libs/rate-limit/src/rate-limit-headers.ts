import type { RateLimitView } from './view';

/** The header fields that tell a caller its limits, for an answer and a refusal alike: a flat list of name and value, names in lower case, values plain ASCII. */
export function rateLimitHeaders(view: RateLimitView, degraded: boolean): string[] {
  const headers: string[] = [];
  const { tightest, resetRequestsMs, resetTokensMs } = view;
  if (tightest) {
    headers.push('x-ratelimit-limit', `${tightest.limit}`, 'x-ratelimit-remaining', `${tightest.remaining}`, 'x-ratelimit-reset', `${tightest.resetAtUnixSeconds}`);
  }
  if (resetRequestsMs !== null) {
    headers.push(
      'x-ratelimit-limit-requests', `${view.limitRequests}`,
      'x-ratelimit-remaining-requests', `${view.remainingRequests}`,
      'x-ratelimit-reset-requests', asOpenAiPrints(resetRequestsMs),
    );
  }
  if (resetTokensMs !== null) {
    headers.push(
      'x-ratelimit-limit-tokens', `${view.limitTokens}`,
      'x-ratelimit-remaining-tokens', `${view.remainingTokens}`,
      'x-ratelimit-reset-tokens', asOpenAiPrints(resetTokensMs),
    );
  }
  if (degraded) headers.push('x-ratelimit-mode', 'degraded');
  return headers;
}

/** `250ms`, `12s`, `1m30s`, `23h0m5s`: milliseconds below a second, else whole seconds, rounded up. */
export function asOpenAiPrints(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.ceil(ms))}ms`;
  const seconds = Math.ceil(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `${seconds}s`;
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes}m${seconds % 60}s` : `${hours}h${minutes % 60}m${seconds % 60}s`;
}
