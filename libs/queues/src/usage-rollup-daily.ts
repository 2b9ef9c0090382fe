import { z } from 'zod';
import { defineJob } from './define-job';

/** Brings \`usage_daily\` up to date, the hours below it first. */
export const usageRollupDaily = defineJob({ name: 'usage-rollup-daily', queue: 'internal', version: 1, payload: z.strictObject({}), attempts: 5, backoffMs: 30_000 });
