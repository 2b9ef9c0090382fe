import { type CanonicalUsage, NO_USAGE } from '@higress/kernel';

/** Beyond this no model of today answers or reads; such a number is a fault of the provider's, not a bill. */
const ABSURD_TOKENS = 20_000_000;

/** A number of tokens as a provider tells it; 0 for what cannot be one. */
export function countIn(value: unknown): number {
  return isCount(value) ? value : 0;
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= ABSURD_TOKENS;
}

/** A usage whose parts never exceed their whole; where they did, it is flagged as an estimate. */
export function boundedUsage(told: Omit<CanonicalUsage, 'estimated'>): CanonicalUsage {
  const cached = Math.min(told.cachedInputTokens, told.inputTokens);
  const written = Math.min(told.cacheWriteTokens, told.inputTokens - cached);
  const reasoning = Math.min(told.reasoningTokens, told.outputTokens);
  return {
    ...told,
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    reasoningTokens: reasoning,
    longCacheWriteTokens: Math.min(told.longCacheWriteTokens, written),
    estimated: cached !== told.cachedInputTokens || written !== told.cacheWriteTokens || reasoning !== told.reasoningTokens,
  };
}

/** A usage of nothing, for an encoder whose provider told none. */
export const NO_CANONICAL_USAGE: CanonicalUsage = { ...NO_USAGE, audioInputTokens: 0, audioOutputTokens: 0, longCacheWriteTokens: 0 };
