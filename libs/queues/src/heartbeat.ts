import { z } from 'zod';
import { defineJob } from './define-job';

/** Proves, from end to end, that scheduler, queue and worker are alive. A missed one is not made up for: the next comes in a minute. */
export const heartbeat = defineJob({ name: 'heartbeat', queue: 'default', version: 1, payload: z.strictObject({}), attempts: 1, backoffMs: 1000 });
