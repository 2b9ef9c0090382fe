import { z } from 'zod';
import { defineJob } from './define-job';

/** Compares the book with itself. A difference raises an alarm and freezes the account; nothing is corrected. */
export const reconcile = defineJob({ name: 'reconcile', queue: 'billing', version: 1, payload: z.strictObject({}), attempts: 3, backoffMs: 10_000 });
