import { budgetReset, cleanup, heartbeat, orphanReap, reconcile, usageRollupDaily, usageRollupHourly, type JobContract } from '@higress/queues';

/** A job that comes again and again, without a payload: at an interval, or by a cron pattern in UTC. */
export interface ScheduledTask {
  readonly contract: JobContract;
  readonly rhythm: { readonly every: number } | { readonly pattern: string };
}

const seconds = (count: number) => ({ every: count * 1000 });

/** Everything that happens by the clock: the one list that a new task is added to. */
export const SCHEDULE: readonly ScheduledTask[] = [
  { contract: heartbeat, rhythm: seconds(60) },
  { contract: orphanReap, rhythm: seconds(30) },
  { contract: reconcile, rhythm: seconds(300) },
  { contract: budgetReset, rhythm: seconds(300) },
  { contract: usageRollupHourly, rhythm: { pattern: '0 * * * *' } },
  { contract: usageRollupDaily, rhythm: { pattern: '5 0 * * *' } },
  { contract: cleanup, rhythm: { pattern: '0 0 * * *' } },
];
