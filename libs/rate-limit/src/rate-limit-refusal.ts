import { DomainError } from '@higress/kernel';
import type { Decision, Reading } from './decision';
import { CONCURRENT_CODE, CONCURRENT_RETRY_MS } from './limits';
import type { Scope, ScopeName } from './scope';
import { type RateLimitView, viewOf } from './view';
import { resetMs, waitMs } from './window';

/** A limit is reached. Without `retryAfterMs` the call can never be admitted as it is: it alone needs more than the limit. */
export class RateLimitRefusal extends DomainError {
  constructor(
    code: DomainError['code'],
    message: string,
    readonly scope: ScopeName,
    readonly view: RateLimitView,
    /** True when the in-process limiter refused, because Redis is away. */
    readonly degraded: boolean,
    retryAfterMs: number | undefined,
  ) {
    super(code, { message, retryAfterMs });
  }
}

const SCOPE_TITLES: Record<ScopeName, string> = { ip: 'address', key: 'key', tenant: 'tenant', global: 'gateway' };

/**
 * The error for a decision that refuses. Its wait is that of the whole call: until no window of any scope is over any more.
 * @param tokens what the call wanted to reserve
 */
export function refusalOf(decision: Decision, refusedBy: NonNullable<Decision['refusedBy']>, tokens: number, degraded: boolean): RateLimitRefusal {
  const { scope, limit } = refusedBy;
  const view = viewOf(decision);
  if (limit === 'concurrent') {
    const text = `${scope.limits.concurrent} requests at the same time`;
    return new RateLimitRefusal(CONCURRENT_CODE, reached(scope, text, CONCURRENT_RETRY_MS), scope.name, view, degraded, CONCURRENT_RETRY_MS);
  }
  const culprit = decision.readings.find((reading) => reading.scope === scope && reading.window === limit) as Reading;
  const text = `${culprit.limit} ${limit.counts} per ${limit.per}`;
  // Not said of a process's share of a limit: the whole of it may be back at any moment.
  if (!degraded && waitOf(culprit, tokens) === Infinity) {
    const wanted = limit.counts === 'tokens' ? `${tokens} tokens` : '1 request';
    const message = `This call needs ${wanted}, more than the limit of its ${SCOPE_TITLES[scope.name]} (${text}): it can never be admitted. Waiting does not help.`;
    return new RateLimitRefusal(limit.code, message, scope.name, view, degraded, undefined);
  }
  const waits = decision.readings.map((reading) => waitOf(reading, tokens)).filter(Number.isFinite);
  const retryAfterMs = Math.max(1, ...waits) === 1 && degraded ? resetMs(culprit.window, culprit.limit, culprit) : Math.max(1, ...waits);
  return new RateLimitRefusal(limit.code, reached(scope, text, retryAfterMs), scope.name, view, degraded, retryAfterMs);
}

function waitOf(reading: Reading, tokens: number): number {
  return waitMs(reading.window, reading.limit, reading, reading.window.counts === 'tokens' ? tokens : 1);
}

function reached(scope: Scope, limit: string, waitMs: number): string {
  return `Rate limit reached for ${SCOPE_TITLES[scope.name]}: ${limit}. Try again in ${Math.ceil(waitMs / 1000)} s.`;
}
