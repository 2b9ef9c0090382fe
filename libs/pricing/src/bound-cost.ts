import type { NanoUsd, Price, Units } from '@higress/kernel';
import { priceUnits } from './price-units';

const MILLION = 1_000_000n;
const max = (a: bigint, b: bigint | undefined) => (b !== undefined && b > a ? b : a);

/**
 * The most that a call can cost: each token at the dearest price its side has, or its pictures, seconds, characters or searches where the price names them. What a hold reserves.
 * @param units the most that the call can count
 */
export function boundCost(price: Price, inputTokens: number, maxOutputTokens: number, units?: Units): NanoUsd {
  const { media } = price;
  const byUnit = media && units ? priceUnits(media, units) : null;
  if (byUnit !== null) return byUnit + price.perRequest;
  let input = max(max(price.input, max(price.cachedInput, price.cacheWrite)), price.longCacheWrite);
  let output = max(price.output, price.reasoning);
  if (media) {
    input = max(max(input, media.audioInput), media.imageInput);
    output = max(max(output, media.audioOutput), media.imageOutput);
  }
  return (BigInt(inputTokens) * input + BigInt(maxOutputTokens) * output + MILLION - 1n) / MILLION + price.perRequest;
}
