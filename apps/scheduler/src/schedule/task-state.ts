import { isDeepStrictEqual } from 'node:util';
import { sealJob } from '@higress/queues';
import type { JobSchedulerJson, Queue } from 'bullmq';
import type { ScheduledTask } from './schedule';

/** A tick whose job nobody knows of this long after its time will not come by itself. */
const LOST_AFTER_MS = 30_000;
const PENDING = new Set(['delayed', 'waiting', 'active', 'prioritized', 'waiting-children']);

/** How a task is kept in Redis: BullMQ adds each next job when the one before is taken, whether or not a scheduler lives. */
export function templateOf({ contract, rhythm }: ScheduledTask) {
  const repeat = 'every' in rhythm ? rhythm : { ...rhythm, tz: 'UTC' };
  return { repeat, job: { name: contract.name, data: sealJob(contract, {}), opts: contract.options } };
}

/**
 * What is wrong with a task as Redis has it; null where it is as it should be, and then it must not be touched: setting a cron task again
 * drops a tick that is due and has not been taken yet.
 */
export async function faultOf(task: ScheduledTask, kept: JobSchedulerJson | undefined, queue: Queue): Promise<'missing' | 'changed' | 'lost' | null> {
  if (!kept) return 'missing';
  const { repeat, job } = templateOf(task);
  const asKept = { every: kept.every, pattern: kept.pattern, tz: kept.tz, data: kept.template?.data, opts: kept.template?.opts };
  const asWanted = { every: undefined, pattern: undefined, tz: undefined, ...repeat, data: job.data, opts: job.opts };
  if (!isDeepStrictEqual(plain(asKept), plain(asWanted))) return 'changed';
  const next = kept.next ?? 0;
  if (next > Date.now() - LOST_AFTER_MS) return null;
  return PENDING.has(await queue.getJobState(`repeat:${kept.key}:${next}`)) ? null : 'lost';
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
