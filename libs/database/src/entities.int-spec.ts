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

/** Partitions are left out: they have the columns of their parent. */
const REAL = `
  select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type, not a.attnotnull as nullable,
    a.atthasdef or a.attidentity <> '' as "hasDefault", coalesce(a.attnum = any(i.indkey), false) as primary
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_index i on i.indrelid = c.oid and i.indisprimary
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> $1`;

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
    for (const { table, column, ...shape } of await database.query<({ table: string; column: string } & Shape)[]>(REAL, [MIGRATIONS_TABLE])) put(real, table, column, { ...shape, hasDefault: shape.hasDefault && shape.type !== 'bigint' });
    expect(declared(database)).toEqual(real);
  });

  it('carry every bigint as a bigint, and leave its default to the database', () => {
    const bigints = database.entityMetadatas.flatMap(({ columns }) => columns.filter((column) => column.type === 'bigint'));
    expect(bigints.filter((column) => column.transformer === undefined || column.default !== undefined).map((column) => column.propertyPath)).toEqual([]);
  });

  it('give back what was written', async () => {
    const tenant = { id: '0192b3c4-0000-7000-8000-000000000001', name: 'acme', billing: 'prepaid' as const };
    const provider = { id: '0192b3c4-0000-7000-8000-000000000002', name: 'p', dialect: 'simulator' as const };
    const model = { id: '0192b3c4-0000-7000-8000-000000000003', name: 'm' };
    const deployment = { id: '0192b3c4-0000-7000-8000-000000000004', modelId: model.id, providerId: provider.id, upstreamModel: 'u' };
    const price = { id: '0192b3c4-0000-7000-8000-000000000005', deploymentId: deployment.id, input: 9_007_199_254_740_993n, reasoning: null };
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
    expect(await database.getRepository('catalog_version').find()).toEqual([{ onlyRow: true, version: 5n }]);
  });
});
