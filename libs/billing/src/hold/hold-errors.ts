import { BUDGET_PERIODS, BUDGET_UNITS, type BudgetPeriod, type BudgetUnit, DomainError, nextPeriodStart } from '@higress/kernel';

const RETRY_AFTER_MS = 2_000;

/** One letter of what `billing_hold()` answers, other than `h` for held, as the error that its caller gets. */
export function refusalOf(verdict: string): DomainError {
  switch (verdict) {
    case 'b':
      return new DomainError('INSUFFICIENT_BALANCE');
    case 'f':
      return frozenAccount();
    case 'n':
      return new DomainError('FORBIDDEN', { message: 'The tenant has no account.' });
    default:
      return exceededBudget(verdict) ?? new DomainError('INTERNAL_ERROR', { cause: new Error(`billing_hold() answered ${verdict}`) });
  }
}

const OWNERS = ['API key', 'tenant'] as const;
const FIRST_LETTER = 65;

/** The letters A to X name the budget that is used up: its owner, unit and period. */
function exceededBudget(verdict: string): DomainError | null {
  const place = verdict.charCodeAt(0) - FIRST_LETTER;
  const owner = OWNERS[Math.floor(place / 12)];
  const unit = BUDGET_UNITS[Math.floor((place % 12) / 4)];
  const period = BUDGET_PERIODS[place % 4];
  if (!owner || !unit || !period) return null;
  const begins = nextPeriodStart(period, new Date());
  const again = begins ? ` It begins anew at ${begins.toISOString()}.` : '';
  return new DomainError(budgetCode(unit, period), { message: `The ${period} budget of this ${owner} in ${unit === 'usd' ? 'USD' : unit} does not cover this call.${again}` });
}

/** A quota is what counts tokens or requests by day or by calendar month; everything else is a budget. */
function budgetCode(unit: BudgetUnit, period: BudgetPeriod): 'BUDGET_EXCEEDED' | 'QUOTA_DAILY_EXCEEDED' | 'QUOTA_MONTHLY_EXCEEDED' {
  if (unit !== 'usd' && period === 'daily') return 'QUOTA_DAILY_EXCEEDED';
  return unit !== 'usd' && period === 'monthly' ? 'QUOTA_MONTHLY_EXCEEDED' : 'BUDGET_EXCEEDED';
}

export function frozenAccount(): DomainError {
  return new DomainError('FORBIDDEN', { message: 'The account is frozen. Its operator must look at it.' });
}

export function billingUnavailable(): DomainError {
  return new DomainError('BILLING_UNAVAILABLE', { retryAfterMs: RETRY_AFTER_MS });
}
