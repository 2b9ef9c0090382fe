import { z } from 'zod';
import { defineJob } from './define-job';

/** Deletes what has expired and makes the partitions that the next months need. */
export const cleanup = defineJob({ name: 'cleanup', queue: 'default', version: 1, payload: z.strictObject({}), attempts: 5, backoffMs: 60_000 });
