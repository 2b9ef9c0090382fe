import type { FinishReason } from '@higress/kernel';

const READ: Readonly<Record<string, FinishReason>> = { stop: 'stop', length: 'length', max_tokens: 'length', tool_calls: 'tool_calls', function_call: 'tool_calls', content_filter: 'content_filter', error: 'error', insufficient_system_resource: 'error' };
const WRITTEN: Readonly<Record<FinishReason, string>> = { stop: 'stop', stop_sequence: 'stop', length: 'length', context_length: 'length', tool_calls: 'tool_calls', content_filter: 'content_filter', refusal: 'content_filter', pause: 'stop', error: 'stop' };

/** What is not known counts as an ordinary end: the answer is there. */
export function readFinish(reason: string): FinishReason {
  return READ[reason] ?? 'stop';
}

export function writeFinish(reason: FinishReason): string {
  return WRITTEN[reason];
}
