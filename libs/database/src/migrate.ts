import { setTimeout as pause } from 'node:timers/promises';
import { DataSource, MigrationExecutor, type QueryRunner } from 'typeorm';
import { errorCode } from './error-code';
import { fileName, MIGRATION_NAMES, MIGRATIONS_TABLE } from './migration-files';

export interface MigrationState {
  /** `0001_identity_and_catalog`. */
  readonly name: string;
  readonly applied: boolean;
  /** False where a newer release applied it, and this one does not have its files. */
  readonly known: boolean;
}

/** Any number will do, as long as nothing else in the database takes it: "higress" in ASCII. */
const ADVISORY_LOCK = '29389290599707507';
const STATEMENT_TIMEOUT_MS = 600_000;
const OTHER_MIGRATOR_PATIENCE_MS = 900_000;
const POLL_MS = 100;
/**
 * How long each try may wait for a table that is in use. While it waits everybody else queues behind it, so the first tries are short and
 * each is followed by a pause of its own length; the last ones are long enough that an autovacuum in the way is cancelled.
 */
const LOCK_TIMEOUTS_MS = [200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000];
const LOCK_NOT_AVAILABLE = '55P03';
const DEADLOCK = '40P01';

/**
 * Applies what is missing, each migration in a transaction of its own, and returns the names of those applied here.
 * Uses a connection of its own beside the pool of `dataSource`, which need not be open. Pods that start together take turns.
 * @throws when a migration fails (the ones before it stay applied) or a table stays locked for about 40 s.
 */
export function migrateUp(dataSource: DataSource): Promise<string[]> {
  return asOnlyMigrator(dataSource, async (executor, runner) => {
    const before = new Set(await executedNames(executor));
    await whenLocksAllow(runner, async () => void (await executor.executePendingMigrations()));
    return (await executedNames(executor)).filter((name) => !before.has(name)).reverse();
  });
}

/**
 * Takes back the newest `steps` migrations and returns their names, newest first; fewer when there are fewer.
 * @throws when the newest one is of a newer release, or a table stays locked.
 */
export function migrateDown(dataSource: DataSource, steps = 1): Promise<string[]> {
  return asOnlyMigrator(dataSource, async (executor, runner) => {
    const undone: string[] = [];
    for (let [newest] = await executedNames(executor); newest && undone.length < steps; [newest] = await executedNames(executor)) {
      if (!MIGRATION_NAMES.includes(newest)) throw new Error(`${newest} was applied by a newer release, which alone can take it back`);
      await whenLocksAllow(runner, () => executor.undoLastMigration());
      undone.push(newest);
    }
    return undone;
  });
}

/** Every migration of this release and of the database, in order. Reads through the pool and changes nothing. */
export async function migrationStatus(dataSource: DataSource): Promise<MigrationState[]> {
  const applied = new Set(await appliedNames(dataSource));
  const names = [...new Set([...MIGRATION_NAMES, ...applied])].sort();
  return names.map((name) => ({ name, applied: applied.has(name), known: MIGRATION_NAMES.includes(name) }));
}

/** True when nothing that this release needs is missing. A database that is ahead serves too: migrations expand before they contract. */
export async function isSchemaCurrent(dataSource: DataSource): Promise<boolean> {
  return (await migrationStatus(dataSource)).every((migration) => migration.applied);
}

async function appliedNames(dataSource: DataSource): Promise<string[]> {
  const [table] = await dataSource.query<{ exists: boolean }[]>('select to_regclass($1) is not null as exists', [MIGRATIONS_TABLE]);
  if (!table?.exists) return [];
  const rows = await dataSource.query<{ name: string }[]>(`select name from ${MIGRATIONS_TABLE}`);
  return rows.map((row) => fileName(row.name));
}

/** Runs `work` on a connection that holds the lock of migrators and has timeouts for long statements. */
async function asOnlyMigrator<T>(dataSource: DataSource, work: (executor: MigrationExecutor, runner: QueryRunner) => Promise<T>): Promise<T> {
  const extra = { ...dataSource.options.extra, statement_timeout: STATEMENT_TIMEOUT_MS, query_timeout: STATEMENT_TIMEOUT_MS + 5_000, idle_in_transaction_session_timeout: 0 };
  const migrator = await new DataSource({ ...dataSource.options, poolSize: 1, extra } as typeof dataSource.options).initialize();
  try {
    const runner = migrator.createQueryRunner();
    await takeTurn(runner);
    const executor = new MigrationExecutor(migrator, runner);
    executor.transaction = 'each';
    return await work(executor, runner);
  } finally {
    // The lock is the session's: it goes with the connection.
    await migrator.destroy();
  }
}

/** Asks again and again instead of waiting inside one statement, whose snapshot would hold up what the other migrator does. */
async function takeTurn(runner: QueryRunner): Promise<void> {
  for (const deadline = Date.now() + OTHER_MIGRATOR_PATIENCE_MS; ; await pause(POLL_MS)) {
    const [answer]: { taken: boolean }[] = await runner.query('select pg_try_advisory_lock($1) as taken', [ADVISORY_LOCK]);
    if (answer?.taken) return;
    if (Date.now() > deadline) throw new Error('another migrator has been at work for 15 minutes');
  }
}

/** Does `work`, again and more patiently when a table was in use. */
async function whenLocksAllow(runner: QueryRunner, work: () => Promise<void>): Promise<void> {
  for (const [attempt, lockTimeoutMs] of LOCK_TIMEOUTS_MS.entries()) {
    await runner.query(`set lock_timeout = ${lockTimeoutMs}`);
    try {
      return await work();
    } catch (error) {
      if (attempt === LOCK_TIMEOUTS_MS.length - 1 || !isInTheWay(error)) throw error;
      await pause(lockTimeoutMs);
    }
  }
}

/** Newest first. */
async function executedNames(executor: MigrationExecutor): Promise<string[]> {
  return (await executor.getExecutedMigrations()).map((migration) => fileName(migration.name));
}

function isInTheWay(error: unknown): boolean {
  const code = errorCode(error);
  return code === LOCK_NOT_AVAILABLE || code === DEADLOCK;
}
