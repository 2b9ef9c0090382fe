import type { AnswerHeaders } from '../provider.adapter';

/** A provider that asks for more is asked again sooner: it may have recovered, and an operator may have changed its quota. */
export const MAX_RETRY_AFTER_MS = 600_000;

function only(value: string | readonly string[] | undefined): string {
  return ((typeof value === 'object' ? value[0] : value) ?? '').trim();
}

/**
 * Milliseconds to wait, from `retry-after-ms`, else `retry-after` in seconds or as an HTTP date.
 * Clamped to [0, {@link MAX_RETRY_AFTER_MS}]; undefined where neither can be read.
 */
export function retryAfterMs(headers: AnswerHeaders, nowMs: number = Date.now()): number | undefined {
  const exact = only(headers['retry-after-ms']);
  const text = only(headers['retry-after']);
  const wait = /^\d+(\.\d+)?$/.test(exact) ? Number(exact) : /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : text ? Date.parse(text) - nowMs : NaN;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(Math.ceil(wait), 0), MAX_RETRY_AFTER_MS);
}
