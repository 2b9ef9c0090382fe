import type { NanoUsd, Price } from '@higress/kernel';

const MILLION = 1_000_000n;
const max = (a: bigint, b: bigint) => (a > b ? a : b);

/** The most that a call can cost: each token at the dearest price its side has. What a hold reserves. */
export function boundCost(price: Price, inputTokens: number, maxOutputTokens: number): NanoUsd {
  const input = max(price.input, max(price.cachedInput, price.cacheWrite));
  const output = max(price.output, price.reasoning);
  return (BigInt(inputTokens) * input + BigInt(maxOutputTokens) * output + MILLION - 1n) / MILLION + price.perRequest;
}
