import type { DataSource } from 'typeorm';
import { scratchDatabase, type ScratchDatabase } from './fixtures/scratch-database';
import { migrateUp } from './migrate';

const APPEND_ONLY = ['audit_entries', 'ledger_entries'];

describe('append-only tables', () => {
  let scratch: ScratchDatabase;
  let database: DataSource;

  beforeAll(async () => {
    scratch = await scratchDatabase(process.env['TEST_DATABASE_URL'] as string);
    database = await scratch.open();
    await migrateUp(database);
  });
  afterAll(() => scratch.close());

  // Even the owner of the tables, and even where no row would match.
  describe.each(APPEND_ONLY)('%s', (table) => {
    it.each([`delete from ${table}`, `delete from ${table} where false`, `truncate ${table}`, `truncate ${table} cascade`])('refuses: %s', async (sql) => {
      await expect(database.query(sql)).rejects.toMatchObject({ code: '23001', message: `${table} is append-only` });
    });

    it('refuses an update of any column', async () => {
      const columns = database.getMetadata(table).columns.map((column) => column.databaseName);
      for (const column of columns) {
        await expect(database.query(`update ${table} set "${column}" = "${column}" where false`)).rejects.toMatchObject({ code: '23001', message: `${table} is append-only` });
      }
    });
  });
});
