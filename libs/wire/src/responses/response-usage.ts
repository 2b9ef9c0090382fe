import type { CanonicalUsage } from '@higress/kernel';
import type { Json } from '../canonical/fields';
import { objectIn } from '../canonical/loose';
import { boundedUsage, countIn, isCount } from '../canonical/usage-count';

export function readResponseUsage(value: unknown): CanonicalUsage | null {
  const told = objectIn(value);
  if (!isCount(told.input_tokens)) return null;
  const input = objectIn(told.input_tokens_details);
  return boundedUsage({
    inputTokens: told.input_tokens,
    cachedInputTokens: countIn(input.cached_tokens),
    cacheWriteTokens: countIn(input.cache_write_tokens),
    outputTokens: countIn(told.output_tokens),
    reasoningTokens: countIn(objectIn(told.output_tokens_details).reasoning_tokens),
    audioInputTokens: 0,
    audioOutputTokens: 0,
    longCacheWriteTokens: 0,
  });
}

/** Clients read both details without asking whether they are there. */
export function writeResponseUsage(usage: CanonicalUsage): Json {
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: { cached_tokens: usage.cachedInputTokens, cache_write_tokens: usage.cacheWriteTokens },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.inputTokens + usage.outputTokens,
  };
}
