import { rmSync } from 'node:fs';
import { requireFromRoot, scratch } from '../machine/place.mjs';
import { withChildren } from '../machine/process-cost.mjs';

const running = new Set();

/**
 * Postgres (its defaults: fsync on) and a native Redis that keeps its data, both empty, on the cores that this program runs on.
 * @param {{ ports: { postgres: number, redis: number } }} where
 * @param {string} name of the folder that they keep their data in
 */
export async function startStores({ ports }, name = 'stores') {
  const { startPostgres, startRedis } = requireFromRoot('./tools/embedded/index.js');
  const dirs = { postgres: scratch(name, 'postgres'), redis: scratch(name, 'redis') };
  await endLeftovers({ startPostgres, startRedis, dirs, ports });
  const postgres = await startPostgres({ dataDir: dirs.postgres, port: ports.postgres, database: 'bench', log: scratch(`logs/postgres-${ports.postgres}.log`) });
  const redis = await startRedis({ dir: dirs.redis, port: ports.redis, engine: 'native' }).catch(async (error) => {
    await postgres.stop();
    throw error;
  });
  const books = await openBooks(postgres.url);
  const stores = {
    databaseUrl: postgres.url,
    redisUrl: redis.url,
    books,
    versions: { postgres: await books.version(), redis: await redisVersion(redis.url) },
    redisPids: () => [redis.pid],
    postgresPids: () => withChildren(postgres.pid),
    async stop() {
      if (!running.delete(stores)) return;
      await books.close();
      await redis.stop();
      await postgres.stop();
    },
  };
  running.add(stores);
  return stores;
}

/** Ends all stores that still run. */
export async function stopStores() {
  await Promise.all([...running].map((each) => each.stop()));
}

/** A run that was killed leaves its stores behind, running or not; a measurement begins with empty ones. */
async function endLeftovers({ startPostgres, startRedis, dirs, ports }) {
  const { processesIn } = requireFromRoot('./tools/embedded/index.js');
  if (processesIn(dirs.postgres).length > 0) await (await startPostgres({ dataDir: dirs.postgres, port: ports.postgres })).stop();
  if (processesIn(dirs.redis).length > 0) await (await startRedis({ dir: dirs.redis, port: ports.redis, engine: 'native' })).stop();
  for (const dir of Object.values(dirs)) rmSync(dir, { recursive: true, force: true });
}

async function redisVersion(url) {
  const { Redis } = requireFromRoot('ioredis');
  const client = new Redis(url);
  try {
    return /redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? null;
  } finally {
    client.disconnect();
  }
}

/** What the gateway wrote down, to be compared with what was asked of it. */
async function openBooks(url) {
  const { Client } = requireFromRoot('pg');
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  const row = async (sql) => (await client.query(sql)).rows[0];
  return {
    version: async () => (await row('show server_version')).server_version.split(' ')[0],
    answered: async () => Number((await row('select count(*) as n from usage_records where status = 200')).n),
    charges: async () => Number((await row("select count(*) as n from ledger_entries where kind = 'usage'")).n),
    holds: async () => Number((await row('select count(*) as n from holds')).n),
    close: () => client.end(),
  };
}
