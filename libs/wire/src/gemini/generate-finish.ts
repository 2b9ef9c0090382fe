import type { FinishReason } from '@higress/kernel';

const FILTERED = new Set(['SAFETY', 'RECITATION', 'LANGUAGE', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'IMAGE_SAFETY', 'IMAGE_PROHIBITED_CONTENT', 'IMAGE_RECITATION']);
const FAILED = new Set(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'TOO_MANY_TOOL_CALLS']);
const WRITTEN: Readonly<Record<FinishReason, string>> = { stop: 'STOP', stop_sequence: 'STOP', length: 'MAX_TOKENS', context_length: 'MAX_TOKENS', tool_calls: 'STOP', content_filter: 'SAFETY', refusal: 'SAFETY', pause: 'STOP', error: 'OTHER' };

/** Gemini stops when it calls a tool; everybody else has a word of its own for that. */
export function readGenerateFinish(reason: string, hasCalled: boolean): FinishReason {
  if (reason === 'MAX_TOKENS') return 'length';
  if (FILTERED.has(reason)) return 'content_filter';
  if (FAILED.has(reason)) return 'error';
  return hasCalled ? 'tool_calls' : 'stop';
}

export function writeGenerateFinish(reason: FinishReason): string {
  return WRITTEN[reason];
}
