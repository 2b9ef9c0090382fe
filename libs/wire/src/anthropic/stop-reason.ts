import type { FinishReason } from '@higress/kernel';

const READ: Readonly<Record<string, FinishReason>> = { end_turn: 'stop', max_tokens: 'length', stop_sequence: 'stop_sequence', tool_use: 'tool_calls', pause_turn: 'pause', refusal: 'refusal', model_context_window_exceeded: 'context_length' };
const WRITTEN: Readonly<Record<FinishReason, string>> = { stop: 'end_turn', stop_sequence: 'stop_sequence', length: 'max_tokens', context_length: 'model_context_window_exceeded', tool_calls: 'tool_use', content_filter: 'refusal', refusal: 'refusal', pause: 'pause_turn', error: 'end_turn' };

export function readStopReason(reason: string | undefined): FinishReason {
  return READ[reason ?? 'end_turn'] ?? 'stop';
}

export function writeStopReason(reason: FinishReason): string {
  return WRITTEN[reason];
}
