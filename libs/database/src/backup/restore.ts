import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Client, escapeIdentifier } from 'pg';
import { createDataSource } from '../create-data-source';
import { createDatabaseIfMissing } from '../create-database-if-missing';
import { migrateUp } from '../migrate';
import { MIGRATION_NAMES } from '../migration-files';
import { schemaOf } from './back-up';
import { backedUpTables, type BackedUpTable, listed } from './backed-up-tables';
import { BackupError, type BackupHeader, endSchema, headerSchema, sumSchema, tableSchema } from './backup-format';
import { BackupReader } from './backup-reader';
import { CopyIn } from './copy-in';
import { withBackupClient } from './with-backup-client';

export interface Restored {
  /** When the backup was made. */
  readonly at: string;
  readonly tables: number;
  readonly rows: number;
}

/** What migrations themselves put rows into: a database with these alone is empty. */
export const SEEDED: readonly string[] = ['catalog_version', 'reaper_state', 'roles', 'usage_rollups'];

const MIGRATION_TIMEOUT_MS = 60_000;

/**
 * Puts a backup into a database that is missing or empty: all of it, or nothing. Rows are taken as they were, ids, times and seals too, without what triggers would make of them.
 * @throws BackupError for a backup that is damaged, cut off or of a release with other migrations, and for a database in which there is anything
 */
export async function restore(url: string, file: string): Promise<Restored> {
  const text = createReadStream(file).on('error', (error) => unpacked.destroy(error));
  const unpacked = text.pipe(createGunzip());
  try {
    const reader = new BackupReader(unpacked);
    const header = await reader.line(headerSchema, 'its header');
    if (header.schema.join() !== MIGRATION_NAMES.join()) throw new BackupError(differs(header));
    await createDatabaseIfMissing(url);
    await migrateWhereEmpty(url);
    return await withBackupClient(url, (client) => fill(client, header, reader));
  } finally {
    text.destroy();
    unpacked.destroy();
  }
}

function differs({ schema, at }: BackupHeader): string {
  const missing = schema.filter((name) => !MIGRATION_NAMES.includes(name));
  const why = missing.length > 0 ? `this release does not know its migration ${missing[0]}` : `it lacks the migration ${MIGRATION_NAMES.find((name) => !schema.includes(name))}`;
  return `the backup of ${at} is of another release: ${why}. Restore it with the release that made it; then “migrate up” brings the database to this one`;
}

async function migrateWhereEmpty(url: string): Promise<void> {
  const schema = await withBackupClient(url, schemaOf);
  if (schema.length === 0) await migrateUp(createDataSource({ url, name: 'restore', poolSize: 1, statementTimeoutMs: MIGRATION_TIMEOUT_MS }));
  else if (schema.join() !== MIGRATION_NAMES.join()) throw new BackupError('the database has other migrations than this release: restore into an empty one');
}

async function fill(client: Client, header: BackupHeader, reader: BackupReader): Promise<Restored> {
  const tables = await backedUpTables(client);
  await client.query('begin');
  try {
    // Of every table at once, so that nobody writes between the look and the end.
    for (const { table } of tables) await client.query(`alter table ${escapeIdentifier(table)} disable trigger user`);
    for (const { table } of tables) await mustBeEmpty(client, table);
    await makeMonths(client, header.months);
    let rows = 0;
    for (let left = [...tables]; left.length > 0; ) {
      const { table, columns } = await reader.line(tableSchema, 'a table');
      const known = left.find((one) => one.table === table);
      if (!known) throw new BackupError(`the backup has a table ${table} that is not here, or has it twice`);
      rows += await fillTable(client, known, columns, reader);
      left = left.filter((one) => one !== known);
    }
    const end = await reader.line(endSchema, 'its end');
    if (end.rows !== rows || end.tables !== tables.length) throw new BackupError(`the backup should have ${end.rows} rows, and has ${rows}`);
    await reader.end();
    for (const { table } of tables) await client.query(`alter table ${escapeIdentifier(table)} enable trigger user`);
    await client.query('commit');
    await client.query('analyze');
    return { at: header.at, tables: tables.length, rows };
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function mustBeEmpty(client: Client, table: string): Promise<void> {
  const name = escapeIdentifier(table);
  if (SEEDED.includes(table)) return void (await client.query(`delete from ${name}`));
  const { rows: [found] } = await client.query<{ any: boolean }>(`select exists (select from ${name}) as any`);
  if (found?.any) throw new BackupError(`the database is not empty: there are rows in ${table}. Restore into a new one`);
}

/** The partitions that the backup's usage was in: without them it would all be in the default one. */
async function makeMonths(client: Client, months: readonly string[]): Promise<void> {
  for (const month of months) {
    const first = `${month.replace('_', '-')}-01 00:00:00+00`;
    const { rows: [bounds] } = await client.query<{ from: string; to: string }>(`select $1::timestamptz::text as from, ($1::timestamptz + interval '1 month')::text as to`, [first]);
    if (bounds) await client.query(`create table if not exists usage_records_${month} partition of usage_records for values from ('${bounds.from}') to ('${bounds.to}')`);
  }
}

async function fillTable(client: Client, { table, columns: here }: BackedUpTable, columns: readonly string[], reader: BackupReader): Promise<number> {
  const unknown = columns.find((column) => !here.includes(column));
  if (unknown !== undefined || columns.length !== here.length) throw new BackupError(`the table ${table} has other columns in the backup`);
  const sum = createHash('sha256');
  let rows = 0;
  async function* counted() {
    for await (const chunk of reader.rows()) {
      sum.update(chunk);
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) rows += 1;
      yield chunk;
    }
  }
  await pipeline(Readable.from(counted()), client.query(new CopyIn(`copy ${escapeIdentifier(table)} (${listed(columns)}) from stdin`)));
  const wanted = await reader.line(sumSchema, `the sum of ${table}`);
  if (wanted.rows !== rows || wanted.sha256 !== sum.digest('hex')) throw new BackupError(`the rows of ${table} are not those that were backed up: the backup is damaged`);
  return rows;
}
