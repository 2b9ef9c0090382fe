import { readSettings } from '@higress/config';
import { QUEUES, readHeartbeats, type WorkerSign } from '@higress/queues';
import { defineCommand } from '../command';
import { textTable } from '../text-table';
import { withRedis } from '../with-redis';

export const workersPing = defineCommand({
  name: 'workers ping',
  summary: 'Lists the workers that live. Exits with 1 when a queue has none.',
  notes: 'A worker counts as alive for 20 seconds after its last sign.',
  run: async ({ print }) => {
    const settings = readSettings('ctl');
    const workers = await withRedis(settings, (redis) => readHeartbeats(redis, settings.CACHE_PREFIX));
    for (const line of textTable(['WORKER', 'HOST', 'PID', 'QUEUES', 'CONCURRENCY', 'SINCE'], workers.map(cells))) print(line);
    const unserved = QUEUES.filter((queue) => !workers.some((worker) => worker.queues.includes(queue)));
    if (unserved.length > 0) print(`no worker takes jobs from: ${unserved.join(', ')}`);
    return unserved.length === 0 ? 0 : 1;
  },
});

function cells({ id, host, pid, queues, concurrency, startedAt }: WorkerSign) {
  return [id, host, pid, queues.join(','), concurrency, startedAt];
}
