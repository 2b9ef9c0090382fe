import type { CanonicalUsage } from '@higress/kernel';
import type { Json } from '../canonical/fields';
import { objectIn } from '../canonical/loose';
import { boundedUsage, countIn, isCount } from '../canonical/usage-count';

/** Anthropic counts cached and cache-writing tokens beside the input, we as parts of it. Null where there is none that can be true. */
export function readMessagesUsage(value: unknown): CanonicalUsage | null {
  const told = objectIn(value);
  if (!isCount(told.input_tokens) && !isCount(told.output_tokens)) return null;
  const cached = countIn(told.cache_read_input_tokens);
  const written = countIn(told.cache_creation_input_tokens);
  return boundedUsage({
    inputTokens: countIn(told.input_tokens) + cached + written,
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    outputTokens: countIn(told.output_tokens),
    reasoningTokens: countIn(objectIn(told.output_tokens_details).thinking_tokens),
    audioInputTokens: 0,
    audioOutputTokens: 0,
    longCacheWriteTokens: countIn(objectIn(told.cache_creation).ephemeral_1h_input_tokens),
  });
}

export function writeMessagesUsage(usage: CanonicalUsage): Json {
  return {
    input_tokens: usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteTokens,
    cache_creation_input_tokens: usage.cacheWriteTokens,
    cache_read_input_tokens: usage.cachedInputTokens,
    output_tokens: usage.outputTokens,
    ...(usage.longCacheWriteTokens > 0 ? { cache_creation: { ephemeral_5m_input_tokens: usage.cacheWriteTokens - usage.longCacheWriteTokens, ephemeral_1h_input_tokens: usage.longCacheWriteTokens } } : {}),
    ...(usage.reasoningTokens > 0 ? { output_tokens_details: { thinking_tokens: usage.reasoningTokens } } : {}),
  };
}
