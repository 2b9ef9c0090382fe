import type { Usage } from '@higress/kernel';
import { objectIn } from './canonical/loose';
import { countIn, isCount } from './canonical/usage-count';

/**
 * Reads `usage` of an OpenAI answer or chunk, with DeepSeek's name for cached tokens. Parts that exceed their whole are clamped to it and the
 * usage is flagged as an estimate.
 * @returns null where there is none, or where it cannot be true (negative, fractional, absurd): the caller then counts for itself.
 */
export function readOpenAiUsage(usage: unknown): Usage | null {
  if (typeof usage !== 'object' || usage === null) return null;
  const { prompt_tokens: input, completion_tokens: output, prompt_tokens_details: inputParts, completion_tokens_details: outputParts, prompt_cache_hit_tokens: hit } = usage as Record<string, unknown>;
  if (!isCount(input) || !(output === undefined || output === null || isCount(output))) return null;
  const outputTokens = output ?? 0;
  const parts = objectIn(inputParts);
  const told = countIn(parts.cached_tokens) || countIn(hit);
  const cached = Math.min(told, input);
  const { reasoning_tokens: thought, audio_tokens: spoken } = objectIn(outputParts);
  const reasoning = countIn(thought);
  const read = {
    inputTokens: input,
    cachedInputTokens: cached,
    cacheWriteTokens: Math.min(countIn(parts.cache_write_tokens), input - cached),
    outputTokens,
    reasoningTokens: Math.min(reasoning, outputTokens),
    estimated: told > input || reasoning > outputTokens,
  };
  const audioInputTokens = Math.min(countIn(parts.audio_tokens), input);
  const audioOutputTokens = Math.min(countIn(spoken), outputTokens);
  return audioInputTokens + audioOutputTokens > 0 ? { ...read, audioInputTokens, audioOutputTokens } : read;
}
