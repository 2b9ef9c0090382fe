import type { NanoUsd, Price, Usage } from '@higress/kernel';

const MILLION = 1_000_000n;

/**
 * What a completion costs. Cached tokens are part of the input, and reasoning tokens part of the output, so each token is priced once.
 * Adds first and rounds once, up, so tiny calls never bill less than they cost.
 */
export function priceUsage(price: Price, usage: Usage): NanoUsd {
  const plainInput = usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteTokens;
  const plainOutput = usage.outputTokens - usage.reasoningTokens;
  const perMillion =
    BigInt(Math.max(0, plainInput)) * price.input +
    BigInt(usage.cachedInputTokens) * price.cachedInput +
    BigInt(usage.cacheWriteTokens) * price.cacheWrite +
    BigInt(Math.max(0, plainOutput)) * price.output +
    BigInt(usage.reasoningTokens) * price.reasoning;
  return (perMillion + MILLION - 1n) / MILLION + price.perRequest;
}
