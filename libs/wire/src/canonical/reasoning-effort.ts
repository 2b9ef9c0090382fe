import type { ReasoningWish } from '@higress/kernel';

const BUDGETS: Readonly<Record<string, number>> = { none: 0, minimal: 1_024, low: 2_048, medium: 8_192, high: 16_384, xhigh: 32_768, max: 32_768 };

/** The level that a wish comes to; undefined where it names none and leaves it to the model. */
export function effortOf({ effort, budgetTokens, adaptive }: ReasoningWish): string | undefined {
  if (effort !== undefined) return effort;
  if (budgetTokens === undefined) return adaptive ? 'medium' : undefined;
  if (budgetTokens === 0) return 'none';
  return budgetTokens <= 2_048 ? 'low' : budgetTokens <= 8_192 ? 'medium' : 'high';
}

/** The tokens that a wish comes to; 0 is none at all. */
export function budgetOf({ effort, budgetTokens }: ReasoningWish): number | undefined {
  return budgetTokens ?? (effort === undefined ? undefined : BUDGETS[effort]);
}
