import type { MediaPrice, NanoUsd, Price, Usage } from '@higress/kernel';
import { priceUnits } from './price-units';

const MILLION = 1_000_000n;

/**
 * What a call costs: by its pictures, seconds, characters or searches where the price names them, else by its tokens; never by both. Cached tokens are part of
 * the input, and reasoning tokens part of the output, so each token is priced once. Adds first and rounds once, up, so tiny calls never bill less than they cost.
 */
export function priceUsage(price: Price, usage: Usage): NanoUsd {
  const byUnit = price.media && usage.units ? priceUnits(price.media, usage.units) : null;
  if (byUnit !== null) return byUnit + price.perRequest;
  const plainInput = usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteTokens;
  const plainOutput = usage.outputTokens - usage.reasoningTokens;
  let perMillion =
    BigInt(Math.max(0, plainInput)) * price.input +
    BigInt(usage.cachedInputTokens) * price.cachedInput +
    BigInt(usage.cacheWriteTokens) * price.cacheWrite +
    BigInt(Math.max(0, plainOutput)) * price.output +
    BigInt(usage.reasoningTokens) * price.reasoning;
  if (price.longCacheWrite !== undefined) perMillion += beyond(usage.longCacheWriteTokens, price.longCacheWrite, price.cacheWrite);
  if (price.media) perMillion += beyondText(price.media, price, usage);
  return (perMillion > 0n ? perMillion + MILLION - 1n : 0n) / MILLION + price.perRequest;
}

/** What tokens that are sound or picture cost beyond what they cost as text; below zero where they cost less. */
function beyondText({ audioInput, audioOutput, imageInput, imageOutput }: MediaPrice, { input, output }: Price, usage: Usage): NanoUsd {
  return beyond(usage.audioInputTokens, audioInput, input) + beyond(usage.imageInputTokens, imageInput, input) + beyond(usage.audioOutputTokens, audioOutput, output) + beyond(usage.imageOutputTokens, imageOutput, output);
}

function beyond(tokens: number | undefined, part: NanoUsd | undefined, whole: NanoUsd): NanoUsd {
  return tokens && part !== undefined ? BigInt(tokens) * (part - whole) : 0n;
}
