import { z } from 'zod';
import { defineJob } from './define-job';

/** Brings \`usage_hourly\` up to date for every hour that was touched since the last run, late charges included. */
export const usageRollupHourly = defineJob({ name: 'usage-rollup-hourly', queue: 'internal', version: 1, payload: z.strictObject({}), attempts: 5, backoffMs: 10_000 });
