import { usageRollupHourly } from '@higress/queues';
import type { DataSource } from 'typeorm';
import type { JobProcessor } from '../processing/job-processor';
import { rollUpHours } from './roll-up-hours';

export function usageRollupHourlyProcessor(db: DataSource): JobProcessor {
  return { contract: usageRollupHourly, run: async () => ({ hours: await rollUpHours(db) }) };
}
