import { cleanup } from '@higress/queues';
import type { DataSource } from 'typeorm';
import type { JobProcessor } from '../processing/job-processor';
import { deleteExpired, type Retention } from './delete-expired';

/** Months of usage for which there is a partition before the first call of that month. */
const MONTHS_AHEAD = 2;

export function cleanupProcessor(db: DataSource, retention: Retention): JobProcessor {
  return {
    contract: cleanup,
    run: async () => {
      const made = await db.query<{ name: string }[]>('select name from ensure_usage_partitions($1) as name', [MONTHS_AHEAD]);
      return { partitions: made.map((partition) => partition.name), deleted: await deleteExpired(db, retention) };
    },
  };
}
