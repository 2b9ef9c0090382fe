import { budgetReset } from '@higress/queues';
import type { DataSource } from 'typeorm';
import type { JobProcessor } from '../processing/job-processor';

/** Turns budgets whose period is over, and forgets lapsed calls whose settle did not come within a week. */
export function budgetResetProcessor(db: DataSource): JobProcessor {
  return {
    contract: budgetReset,
    run: async () => (await db.query<{ turned: number; forgotten: number }[]>('select turned, forgotten from billing_tidy_budgets()'))[0],
  };
}
