export const BUDGET_PERIODS = ['daily', 'weekly', 'monthly', 'total'] as const;
/** In UTC: a day, a week from Monday, a calendar month, or ever. */
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number];

export const BUDGET_UNITS = ['usd', 'tokens', 'requests'] as const;
export type BudgetUnit = (typeof BUDGET_UNITS)[number];

/** What a tenant or a key may use in a period. It has at most one per period and unit. */
export interface Budget {
  readonly period: BudgetPeriod;
  readonly unit: BudgetUnit;
  /** Nano-USD, tokens or requests. 0 lets nothing through. */
  readonly cap: bigint;
}

const DAY_MS = 86_400_000;

/** When the period after the one of `now` begins; null for `total`, which has none. */
export function nextPeriodStart(period: BudgetPeriod, now: Date): Date | null {
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  if (period === 'total') return null;
  if (period === 'monthly') return new Date(Date.UTC(year, month + 1, 1));
  const midnightMs = Date.UTC(year, month, day);
  // Sunday is 0: Monday is 1 to 7 days away.
  return new Date(midnightMs + DAY_MS * (period === 'daily' ? 1 : ((8 - now.getUTCDay()) % 7 || 7)));
}
