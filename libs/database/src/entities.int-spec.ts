import type { DataSource, EntityMetadata } from 'typeorm';
import { scratchDatabase, type ScratchDatabase } from './fixtures/scratch-database';
import { migrateUp } from './migrate';
import { MIGRATIONS_TABLE } from './migration-files';

interface Shape {
  readonly type: string;
  readonly nullable: boolean;
  readonly hasDefault: boolean;
  readonly primary: boolean;
}
type Tables = Record<string, Record<string, Shape>>;

/** Tables that only functions of the database read and write. */
const WITHOUT_ENTITY = ['account_checkpoints', 'budget_holds', 'reaper_state', 'usage_rollups'];

/** Partitions are left out: they have the columns of their parent. */
const REAL = `
  select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type, not a.attnotnull as nullable,
    a.atthasdef or a.attidentity <> '' as "hasDefault", coalesce(a.attnum = any(i.indkey), false) as primary
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_index i on i.indrelid = c.oid and i.indisprimary
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> all ($1)`;

const LONG_NAMES: Record<string, string> = { timestamptz: 'timestamp with time zone' };

function put(tables: Tables, table: string, column: string, shape: Shape): void {
  (tables[table] ??= {})[column] = shape;
}

function declared({ entityMetadatas }: DataSource): Tables {
  const tables: Tables = {};
  for (const { tableName, columns } of entityMetadatas) for (const column of columns) put(tables, tableName, column.databaseName, shapeOf(column));
  return tables;
}

function shapeOf(column: EntityMetadata['columns'][number]): Shape {
  const type = column.type as string;
  const hasDefault = column.default !== undefined || column.isCreateDate || column.isUpdateDate || column.isGenerated;
  return { type: (LONG_NAMES[type] ?? type) + (column.isArray ? '[]' : ''), nullable: column.isNullable, hasDefault, primary: column.isPrimary };
}

const uuid = (n: number) => `0192b3c4-0000-7000-8000-${String(n).padStart(12, '0')}`;

describe('entities', () => {
  let scratch: ScratchDatabase;
  let database: DataSource;

  beforeAll(async () => {
    scratch = await scratchDatabase(process.env['TEST_DATABASE_URL'] as string);
    database = await scratch.open();
    await migrateUp(database);
  });
  afterAll(() => scratch.close());

  it('have the columns of the tables that the migrations make, no more and no fewer, alike in type, null, default and key', async () => {
    const real: Tables = {};
    for (const { table, column, ...shape } of await database.query<({ table: string; column: string } & Shape)[]>(REAL, [[MIGRATIONS_TABLE, ...WITHOUT_ENTITY]])) put(real, table, column, { ...shape, hasDefault: shape.hasDefault && shape.type !== 'bigint' });
    expect(declared(database)).toEqual(real);
  });

  it('carry every bigint as a bigint, and leave its default to the database', () => {
    const bigints = database.entityMetadatas.flatMap(({ columns }) => columns.filter((column) => column.type === 'bigint'));
    expect(bigints.filter((column) => column.transformer === undefined || column.default !== undefined).map((column) => column.propertyPath)).toEqual([]);
  });

  it('give back what was written', async () => {
    const tenant = { id: uuid(1), name: 'acme', billing: 'prepaid' as const };
    const provider = { id: uuid(2), name: 'p', dialect: 'simulator' as const };
    const model = { id: uuid(3), name: 'm' };
    const deployment = { id: uuid(4), modelId: model.id, providerId: provider.id, upstreamModel: 'u' };
    const price = { id: uuid(5), deploymentId: deployment.id, input: 9_007_199_254_740_993n, reasoning: null };
    const read = async (table: string, row: { id: string }) => {
      const repository = database.getRepository(table);
      await repository.insert(row);
      return repository.findOneByOrFail({ id: row.id });
    };
    expect(await read('tenants', tenant)).toMatchObject({ ...tenant, status: 'active', limits: {}, managedBy: 'api', createdAt: expect.any(Date) });
    await read('providers', provider);
    await read('models', model);
    await read('deployments', deployment);
    expect(await read('prices', price)).toMatchObject({ ...price, output: 0n, cachedInput: null });
    const sums = [uuid(10), null].map((keyId) => ({ day: '2026-01-06', tenantId: uuid(1), keyId, model: 'm', provider: null, requests: 2n, costNano: 9_007_199_254_740_993n }));
    for (const { keyId, costNano } of sums) {
      await database.query(
        `insert into usage_daily (day, tenant_id, key_id, model, requests, errors, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, cost_nano, charged_nano, uncollected_nano, rolled_at)
         values ('2026-01-06', $1, $2, 'm', 2, 0, 1, 0, 1, 0, $3, 0, 0, now())`,
        [uuid(1), keyId, costNano],
      );
    }
    expect(await database.getRepository('usage_daily').find({ order: { keyId: 'asc' } })).toMatchObject(sums);
    expect(await database.getRepository('catalog_version').find()).toEqual([{ onlyRow: true, version: 5n }]);
  });
});
