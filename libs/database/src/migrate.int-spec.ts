import type { DataSource } from 'typeorm';
import { scratchDatabase, type ScratchDatabase } from './fixtures/scratch-database';
import { isSchemaCurrent, migrateDown, migrateUp, migrationStatus } from './migrate';
import { MIGRATION_NAMES, MIGRATIONS_TABLE } from './migration-files';

/** Everything in the schema that a migration could leave behind. */
const EVERYTHING = `
  select 'relation ' || relname as thing from pg_class where relnamespace = 'public'::regnamespace
  union all select 'function ' || proname from pg_proc where pronamespace = 'public'::regnamespace
  union all select 'type ' || typname from pg_type where typnamespace = 'public'::regnamespace
  order by thing`;
/** TypeORM's own table, with its primary key and sequence. */
const OF_THE_MIGRATOR = new RegExp(`${MIGRATIONS_TABLE}|PK_`);

describe('migrations', () => {
  let scratch: ScratchDatabase;
  let database: DataSource;

  beforeEach(async () => {
    scratch = await scratchDatabase(process.env['TEST_DATABASE_URL'] as string);
    database = await scratch.open();
  });
  afterEach(() => scratch.close());

  const things = async () => (await database.query<{ thing: string }[]>(EVERYTHING)).map((row) => row.thing).filter((thing) => !OF_THE_MIGRATOR.test(thing));

  it('go up, and then nothing is left to do', async () => {
    expect(await isSchemaCurrent(database)).toBe(false);
    expect(await migrateUp(database)).toEqual(MIGRATION_NAMES);
    expect(await isSchemaCurrent(database)).toBe(true);
    expect(await migrateUp(database)).toEqual([]);
    expect(await migrationStatus(database)).toEqual(MIGRATION_NAMES.map((name) => ({ name, applied: true, known: true })));
  });

  it('go down one by one and leave nothing behind, and up again to the same', async () => {
    await migrateUp(database);
    const after = await things();
    expect(await migrateDown(database)).toEqual(MIGRATION_NAMES.slice(-1));
    expect(await migrationStatus(database)).toContainEqual({ name: MIGRATION_NAMES.at(-1), applied: false, known: true });
    expect(await migrateDown(database, 1_000)).toEqual(MIGRATION_NAMES.slice(0, -1).reverse());
    expect(await things()).toEqual([]);
    await migrateUp(database);
    expect(await things()).toEqual(after);
  });

  it('are applied once by pods that start together', async () => {
    const applied = await Promise.all(Array.from({ length: 4 }, () => migrateUp(database)));
    expect(applied.flat()).toEqual(MIGRATION_NAMES);
  });

  it('do not need the pool that they are given, nor hold it', async () => {
    await database.destroy();
    await migrateUp(database);
    await database.initialize();
    expect(await isSchemaCurrent(database)).toBe(true);
  });

  it('wait for a table in use with short locks, so that others get between', async () => {
    await migrateUp(database);
    const reader = database.createQueryRunner();
    await reader.startTransaction();
    await reader.query('select * from audit_entries');
    const down = migrateDown(database, MIGRATION_NAMES.length);
    while ((await scratch.admin<{ n: string }>(`select count(*) as n from pg_locks join pg_stat_activity using (pid) where not granted and datname = $1`, [new URL(scratch.url).pathname.slice(1)]))[0]?.n === '0');
    const started = Date.now();
    await database.query('select count(*) from audit_entries');
    expect(Date.now() - started).toBeLessThan(1_000);
    await reader.commitTransaction();
    await reader.release();
    expect(await down).toHaveLength(MIGRATION_NAMES.length);
  });

  it('that are run outside of a transaction lock nothing meanwhile, wait for who is at work, and begin again where they broke off', async () => {
    await migrateUp(database);
    for (let name = ''; name !== '0083_looking_for_few'; [name = ''] = await migrateDown(database));
    await database.query(`create index usage_records_by_error on only usage_records (error_code, started_at, id) where error_code is not null and status >= 400`);
    const writer = database.createQueryRunner();
    await writer.startTransaction();
    await writer.query('lock table usage_records, ledger_entries in row exclusive mode');
    const up = migrateUp(database);
    while ((await scratch.admin<{ n: string }>(`select count(*) as n from pg_stat_activity where query like 'create index concurrently%' and datname = $1`, [new URL(scratch.url).pathname.slice(1)]))[0]?.n === '0');
    await database.query(`insert into ledger_entries (id, at, tenant_id, kind, amount_nano, balance_nano) values (gen_random_uuid(), now(), gen_random_uuid(), 'usage', 0, 0)`);
    await writer.commitTransaction();
    await writer.release();
    await up;
    const indexes = await database.query<{ valid: boolean }[]>(`select indisvalid as valid from pg_index where indexrelid::regclass::text similar to '%(by_error|of_few)'`);
    expect(indexes.length).toBeGreaterThanOrEqual(5);
    expect(indexes.every(({ valid }) => valid)).toBe(true);
    expect(await isSchemaCurrent(database)).toBe(true);
    await database.query('select ensure_usage_partitions(6)');
    const [late] = await database.query<{ n: number }[]>(`select count(*)::int as n from pg_inherits where inhparent = 'usage_records_by_error'::regclass`);
    const [all] = await database.query<{ n: number }[]>(`select count(*)::int as n from pg_inherits where inhparent = 'usage_records'::regclass`);
    expect(late).toEqual(all);
  });

  it('of a newer release are shown, serve, and are not taken back by this one', async () => {
    await migrateUp(database);
    await database.query(`insert into ${MIGRATIONS_TABLE} (timestamp, name) values (9999, '9999_from_the_future_0000000009999')`);
    expect((await migrationStatus(database)).at(-1)).toEqual({ name: '9999_from_the_future', applied: true, known: false });
    expect(await isSchemaCurrent(database)).toBe(true);
    await expect(migrateDown(database)).rejects.toThrow('9999_from_the_future was applied by a newer release');
  });
});
