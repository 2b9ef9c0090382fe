/**
 * Before integration and e2e tests: a folder for this run, and a Postgres and a Redis in it unless the environment names others.
 * Whatever an earlier run left behind when it was killed is ended first. Several runs at a time do not meet.
 */
const fs = require('node:fs');
const path = require('node:path');
const embedded = require('../embedded');

/** Aside where the workspace is closed to the user that Postgres runs as. */
const RUNS = embedded.reachableFolder(path.join(__dirname, '..', '..', 'tmp', 'test-runs'));

module.exports = async () => {
  await clearDeadRuns();
  const run = path.join(RUNS, String(process.pid));
  fs.mkdirSync(run);
  fs.writeFileSync(path.join(run, 'owner.json'), JSON.stringify({ pid: process.pid, born: embedded.bornAt(process.pid) }));
  process.env.TEST_RUN_DIR = run;
  const [postgres, redis] = await Promise.all([process.env.TEST_DATABASE_URL ? null : startPostgres(run), process.env.TEST_REDIS_URL ? null : startRedis(run)]);
  if (postgres) process.env.TEST_DATABASE_URL = postgres.url;
  if (redis) process.env.TEST_REDIS_URL = redis.url;
  globalThis.storesOfThisRun = { run, postgres, redis };
};

async function clearDeadRuns() {
  for (const name of fs.readdirSync(RUNS)) {
    const run = path.join(RUNS, name);
    if (ownerLives(run)) continue;
    await embedded.endNotedProcesses(path.join(run, 'processes'), { signal: 'SIGKILL' });
    fs.rmSync(run, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** A folder without a note of its owner was made a moment ago, or its run died at once; its age tells. */
function ownerLives(run) {
  try {
    return embedded.isSameProcess(JSON.parse(fs.readFileSync(path.join(run, 'owner.json'), 'utf8')));
  } catch {
    return Date.now() - fs.statSync(run).mtimeMs < 10_000;
  }
}

async function startPostgres(run) {
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300', autovacuum: 'off' };
  const postgres = await embedded.startPostgres({ dataDir: path.join(run, 'postgres'), port: await embedded.freePort(), settings });
  embedded.noteProcess(path.join(run, 'processes'), { ...postgres, name: 'postgres' });
  return postgres;
}

async function startRedis(run) {
  const redis = await embedded.startRedis({ dir: path.join(run, 'redis'), port: await embedded.freePort(), persist: false });
  embedded.noteProcess(path.join(run, 'processes'), { ...redis, name: 'redis' });
  return redis;
}
