import type { Deployment, NanoUsd, Usage } from '@higress/kernel';
import { priceUsage } from '@higress/pricing';

/** Zero where nobody has set a price. */
export function costOf({ price }: Deployment, usage: Usage): NanoUsd {
  return price ? priceUsage(price, usage) : 0n;
}
