import type { Behaviour } from './behaviour';
import type { ChatRequest } from './chat-request';

export interface SimulatedUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number; readonly audio_tokens: number };
  readonly completion_tokens_details: { readonly reasoning_tokens: number; readonly audio_tokens: number; readonly accepted_prediction_tokens: number; readonly rejected_prediction_tokens: number };
}

/** Usage in OpenAI's form: prompt tokens include the cached ones, completion tokens the reasoning ones. */
export function usageOf(request: ChatRequest, behaviour: Behaviour, sentTokens: number): SimulatedUsage | undefined {
  if (behaviour.fault?.kind === 'no-usage') return undefined;
  const isAbsurd = behaviour.fault?.kind === 'absurd-usage';
  const reasoning = Math.min(behaviour.reasoningTokens, Math.max(request.maxTokens * request.choices - sentTokens, 0));
  const input = isAbsurd ? -1 : request.promptTokens;
  const output = isAbsurd ? 9e15 : sentTokens + reasoning;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: isAbsurd ? 0 : Math.floor((request.promptTokens * behaviour.cachedPercent) / 100), audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoning, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
  };
}
