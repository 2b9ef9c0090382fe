import { migrationStatus } from '@higress/database';
import { CheckFailed, type ReadinessCheck } from '@higress/observability';
import type { Stores } from './open-stores';

/** What `/ready` of a worker looks at. */
export function checks({ probeDb, stateRedis }: Stores, consumes: ReadinessCheck): Record<string, ReadinessCheck> {
  return {
    postgres: async () => void (await probeDb.query('select 1')),
    state_redis: async () => void (await stateRedis.ping()),
    migrations: async () => {
      const missing = (await migrationStatus(probeDb)).filter((migration) => !migration.applied).map((migration) => migration.name);
      if (missing.length > 0) throw new CheckFailed('migrations are missing', { missing });
    },
    queues: consumes,
  };
}
