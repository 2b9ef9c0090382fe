import type { CanonicalUsage } from '@higress/kernel';
import { readOpenAiUsage } from '../answer-usage';
import type { Json } from '../canonical/fields';
import { countIn } from '../canonical/usage-count';
import { objectIn } from '../canonical/loose';

/** `usage` of Chat Completions; null where there is none that can be true. */
export function readChatUsage(value: unknown): CanonicalUsage | null {
  const usage = readOpenAiUsage(value);
  if (!usage) return null;
  const told = objectIn(value);
  return {
    ...usage,
    audioInputTokens: countIn(objectIn(told.prompt_tokens_details).audio_tokens),
    audioOutputTokens: countIn(objectIn(told.completion_tokens_details).audio_tokens),
    longCacheWriteTokens: 0,
  };
}

export function writeChatUsage(usage: CanonicalUsage): Json {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedInputTokens, audio_tokens: usage.audioInputTokens, ...(usage.cacheWriteTokens > 0 ? { cache_write_tokens: usage.cacheWriteTokens } : {}) },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens, audio_tokens: usage.audioOutputTokens },
  };
}
