import { randomBytes } from 'node:crypto';
import { createDataSource } from './create-data-source';
import { createDatabaseIfMissing } from './create-database-if-missing';

describe('createDatabaseIfMissing', () => {
  const admin = createDataSource({ url: process.env['TEST_DATABASE_URL'] as string, name: 'spec', poolSize: 1, statementTimeoutMs: 5_000 });
  const name = `db_${randomBytes(6).toString('hex')} "odd"`;
  const url = new URL(process.env['TEST_DATABASE_URL'] as string);
  url.pathname = `/${name}`;

  beforeAll(() => admin.initialize());
  afterAll(async () => {
    await admin.query(`drop database if exists "${name.replaceAll('"', '""')}"`);
    await admin.destroy();
  });

  it('makes the database once, whatever its name, however many ask', async () => {
    const made = await Promise.all([createDatabaseIfMissing(url.href), createDatabaseIfMissing(url.href), createDatabaseIfMissing(url.href)]);
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await createDatabaseIfMissing(url.href)).toBe(false);
    expect(await admin.query('select 1 from pg_database where datname = $1', [name])).toHaveLength(1);
  });

  it('reads the URL of an asyncpg service', async () => {
    expect(await createDatabaseIfMissing(url.href.replace(/^\w+:/, 'postgresql+asyncpg:'))).toBe(false);
  });

  it('throws for a password that is wrong', async () => {
    const wrong = new URL(url);
    wrong.password = 'not-it';
    wrong.username = 'nobody-known';
    await expect(createDatabaseIfMissing(wrong.href)).rejects.toMatchObject({ code: expect.stringMatching(/^28/) });
  });
});
