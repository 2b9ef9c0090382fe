import type { RedisConnection } from '@higress/redis';
import { QUEUES, type QueueName } from './queue-names';
import { queuePrefix } from './queue-prefix';

export const JOB_STATES = ['waiting', 'active', 'delayed', 'failed'] as const;
export type JobState = (typeof JOB_STATES)[number];
export type QueueDepths = Readonly<Record<QueueName, Readonly<Record<JobState, number>>>>;

/** Where BullMQ keeps the jobs of a state; `waiting` is all that could run now, a paused queue's jobs included. */
const KEPT_IN: Record<JobState, readonly { key: string; size: 'llen' | 'zcard' }[]> = {
  waiting: [{ key: 'wait', size: 'llen' }, { key: 'paused', size: 'llen' }, { key: 'prioritized', size: 'zcard' }],
  active: [{ key: 'active', size: 'llen' }],
  delayed: [{ key: 'delayed', size: 'zcard' }],
  failed: [{ key: 'failed', size: 'zcard' }],
};

/**
 * How many jobs each queue holds, by state, in one round trip and without opening a queue: fit for a probe or a scrape.
 * @throws what the connection throws.
 */
export async function queueDepths(redis: RedisConnection, prefix: string): Promise<QueueDepths> {
  const questions = QUEUES.flatMap((queue) => JOB_STATES.flatMap((state) => KEPT_IN[state].map((kept) => ({ queue, state, ...kept }))));
  const pipeline = redis.pipeline();
  for (const { queue, key, size } of questions) pipeline[size](`${queuePrefix(prefix)}:${queue}:${key}`);
  const answers = (await pipeline.exec()) ?? [];
  const depths = Object.fromEntries(QUEUES.map((queue) => [queue, { waiting: 0, active: 0, delayed: 0, failed: 0 }])) as Record<QueueName, Record<JobState, number>>;
  questions.forEach(({ queue, state }, i) => {
    const [error, count] = answers[i] ?? [new Error('no answer'), 0];
    if (error) throw error;
    depths[queue][state] += Number(count);
  });
  return depths;
}
