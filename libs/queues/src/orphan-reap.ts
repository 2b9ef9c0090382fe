import { z } from 'zod';
import { defineJob } from './define-job';

/** Charges holds past their expiry at their last progress: whoever made them has died. The sweep is repeated every 30 seconds anyway. */
export const orphanReap = defineJob({ name: 'orphan-reap', queue: 'billing', version: 1, payload: z.strictObject({}), attempts: 3, backoffMs: 5000 });
