import { createDataSource } from '@higress/database';
import { freshDatabase } from '@higress/testing';
import { SEALED_COLUMNS } from './sealed-columns';

describe('the columns that hold sealed values', () => {
  it('are all brought under the newest key', async () => {
    const fresh = await freshDatabase();
    const database = await createDataSource({ url: fresh.url, name: 'spec', poolSize: 1, statementTimeoutMs: 5000 }).initialize();
    const found = await database.query<{ name: string }[]>(`select table_name || '.' || column_name as name from information_schema.columns where table_schema = 'public' and data_type = 'bytea' and column_name like '%sealed%' order by 1`);
    const keys = await database.query<{ name: string }[]>(`select c.relname || '.' || a.attname as name from pg_class c join pg_attribute a on a.attrelid = c.oid where c.relkind in ('r', 'p')`);
    await database.destroy();
    await fresh.drop();
    const named = SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`);
    expect(named.sort()).toEqual(found.map(({ name }) => name));
    expect(keys.map(({ name }) => name)).toEqual(expect.arrayContaining(SEALED_COLUMNS.flatMap(({ table, key }) => key.map((column) => `${table}.${column}`))));
  });
});
