import { heartbeat, noteScheduledHeartbeat } from '@higress/queues';
import type { RedisConnection } from '@higress/redis';
import type { JobProcessor } from '../processing/job-processor';

/** Leaves the time in Redis: proof that scheduler, queue and worker are alive. */
export function heartbeatProcessor(redis: RedisConnection, prefix: string): JobProcessor {
  return { contract: heartbeat, run: () => noteScheduledHeartbeat(redis, prefix) };
}
