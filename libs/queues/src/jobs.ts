import { budgetReset } from './budget-reset';
import { cleanup } from './cleanup';
import type { JobContract } from './define-job';
import { heartbeat } from './heartbeat';
import { orphanReap } from './orphan-reap';
import { reconcile } from './reconcile';
import { usageRollupDaily } from './usage-rollup-daily';
import { usageRollupHourly } from './usage-rollup-hourly';

/** Every job there is. A worker does not start while one of its queues has a job here that nobody processes. */
export const JOBS: readonly JobContract[] = [heartbeat, cleanup, usageRollupHourly, usageRollupDaily, orphanReap, reconcile, budgetReset];
