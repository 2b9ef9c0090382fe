import { z } from 'zod';
import { type Budget, BUDGET_PERIODS, BUDGET_UNITS } from './budget';
import { formatUsd, parseUsd } from './money';

/** A billion USD in nano-USD; tokens and requests stay far below. A hold on top of it still fits 64 bits. */
const MOST = 10n ** 18n;
const WHOLE = /^\d{1,18}$/;

const budgetSchema = z
  .strictObject({
    period: z.enum(BUDGET_PERIODS, `must be one of ${BUDGET_PERIODS.join(', ')}`),
    unit: z.enum(BUDGET_UNITS, `must be one of ${BUDGET_UNITS.join(', ')}`),
    limit: z.union([z.string(), z.number()], 'must be a decimal string of USD, or a whole number of tokens or requests').describe('USD as a decimal string; tokens and requests as a number'),
  })
  .refine((budget) => capOf(budget) !== null, { path: ['limit'], message: 'must be a decimal string of USD with at most 9 decimals, or a whole number of tokens or requests; not negative' });

/** The budgets of a tenant or a key, as the API and gateway.yaml write them. */
export const budgetsSchema = z
  .array(budgetSchema)
  .max(BUDGET_PERIODS.length * BUDGET_UNITS.length)
  .refine((budgets) => new Set(budgets.map(({ period, unit }) => `${period} ${unit}`)).size === budgets.length, 'must name each period and unit once');

/** A budget as it is written: `limit` of USD is a decimal string. */
export interface WrittenBudget {
  readonly period: Budget['period'];
  readonly unit: Budget['unit'];
  readonly limit: string | number;
}

/** @throws RangeError for what `budgetsSchema` refuses */
export function readBudget(written: WrittenBudget): Budget {
  const cap = capOf(written);
  if (cap === null) throw new RangeError('not the limit of a budget');
  return { period: written.period, unit: written.unit, cap };
}

/** An amount of a budget's unit as the API shows it: USD as a decimal string, anything else as a number. */
export function writeAmount(unit: Budget['unit'], amount: bigint): string | number {
  return unit === 'usd' ? formatUsd(amount) : Number(amount);
}

function capOf({ unit, limit }: WrittenBudget): bigint | null {
  // A number that large is not the one that was written any more.
  if (typeof limit === 'number' && Math.abs(limit) > Number.MAX_SAFE_INTEGER) return null;
  const text = String(limit).trim();
  if (unit !== 'usd') return WHOLE.test(text) && BigInt(text) <= MOST ? BigInt(text) : null;
  try {
    const nano = parseUsd(text);
    return nano >= 0n && nano <= MOST ? nano : null;
  } catch {
    return null;
  }
}
