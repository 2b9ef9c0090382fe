import type { BudgetState } from '@higress/billing';
import { BUDGET_PERIODS, BUDGET_UNITS, budgetsSchema, writeAmount } from '@higress/kernel';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf, timeSchema } from '../list.schema';

const amount = z.union([z.string(), z.number()]);
const stateSchema = z.object({
  period: z.enum(BUDGET_PERIODS),
  unit: z.enum(BUDGET_UNITS),
  limit: amount.describe('USD as a decimal string; tokens and requests as a number'),
  spent: amount.describe('By calls of this period that are over'),
  held: amount.describe('The most that calls may use that run now'),
  period_start: timeSchema.nullable().describe('Null for a total'),
  resets_at: timeSchema.nullable().describe('When nothing is spent again; null for a total'),
  managed_by: z.enum(['api', 'file']),
});

export class BudgetsDto extends createZodDto(budgetsSchema) {}
export class BudgetListDto extends createZodDto(listOf(stateSchema)) {}

export function toBudgetList(states: readonly BudgetState[]): z.output<typeof BudgetListDto.schema> {
  const data = states.map(({ period, unit, cap, spent, held, periodStart, resetsAt, managedBy }) => ({
    period,
    unit,
    limit: writeAmount(unit, cap),
    spent: writeAmount(unit, spent),
    held: writeAmount(unit, held),
    period_start: periodStart?.toISOString() ?? null,
    resets_at: resetsAt?.toISOString() ?? null,
    managed_by: managedBy,
  }));
  return { data, next_cursor: null };
}
