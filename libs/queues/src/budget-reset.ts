import { z } from 'zod';
import { defineJob } from './define-job';

/** Tidies budgets whose period is over. Calls turn them by themselves: a missed run changes nothing but what a look into the table shows. */
export const budgetReset = defineJob({ name: 'budget-reset', queue: 'billing', version: 1, payload: z.strictObject({}), attempts: 3, backoffMs: 10_000 });
