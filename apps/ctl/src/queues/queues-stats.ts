import { readSettings } from '@higress/config';
import { JOB_STATES, queueDepths, QUEUES, readHeartbeats } from '@higress/queues';
import { defineCommand } from '../command';
import { textTable } from '../text-table';
import { withRedis } from '../with-redis';

export const queuesStats = defineCommand({
  name: 'queues stats',
  summary: 'Counts the jobs of every queue by state, and the workers that take them.',
  run: async ({ print }) => {
    const settings = readSettings('ctl');
    const [depths, workers] = await withRedis(settings, (redis) => Promise.all([queueDepths(redis, settings.CACHE_PREFIX), readHeartbeats(redis, settings.CACHE_PREFIX)]));
    const rows = QUEUES.map((queue) => [queue, ...JOB_STATES.map((state) => depths[queue][state]), workers.filter((worker) => worker.queues.includes(queue)).length]);
    for (const line of textTable(['QUEUE', ...JOB_STATES.map((state) => state.toUpperCase()), 'WORKERS'], rows)) print(line);
  },
});
