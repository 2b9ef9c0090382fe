import { isSchemaCurrent } from '@higress/database';
import { CheckFailed, Readiness } from '@higress/observability';
import { queueDepths, readHeartbeats } from '@higress/queues';
import type { Stores } from './stores';

/** A gateway serves without workers: only charges of crashed calls and roll-ups wait for one. */
const ADVISORY = ['queues', 'worker'];

/** What `/ready` of the gateway looks at. `started` tells whether the process has done what it does once at its start. */
export function gatewayReadiness({ requests, state, cache }: Stores, prefix: string, started: () => boolean): Readiness {
  return new Readiness(
    {
      postgres: async () => void (await requests.query('select 1')),
      state_redis: async () => void (await state.ping()),
      cache_redis: async () => void (await cache.ping()),
      migrations: async () => {
        if (!(await isSchemaCurrent(requests))) throw new CheckFailed('the database is not migrated: run `ctl migrate up`');
        if (!started()) throw new CheckFailed('the start is not done yet');
      },
      queues: async () => queueDepths(state, prefix),
      worker: async () => {
        const workers = await readHeartbeats(state, prefix);
        if (workers.length === 0) throw new CheckFailed('no worker has given a sign of life');
        return { workers: workers.length };
      },
    },
    ADVISORY,
  );
}
