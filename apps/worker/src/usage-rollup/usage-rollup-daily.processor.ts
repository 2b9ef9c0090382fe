import { usageRollupDaily } from '@higress/queues';
import type { DataSource } from 'typeorm';
import type { JobProcessor } from '../processing/job-processor';
import { rollUpDays } from './roll-up-days';
import { rollUpHours } from './roll-up-hours';

/** The hours first, so that a day that has just ended is whole. */
export function usageRollupDailyProcessor(db: DataSource): JobProcessor {
  return {
    contract: usageRollupDaily,
    run: async () => {
      const hours = await rollUpHours(db);
      return { hours, days: await rollUpDays(db) };
    },
  };
}
