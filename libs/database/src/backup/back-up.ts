import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Client, escapeIdentifier } from 'pg';
import { fileName, MIGRATIONS_TABLE } from '../migration-files';
import { backedUpTables, type BackedUpTable, listed } from './backed-up-tables';
import { BackupError, type BackupHeader, FORMAT } from './backup-format';
import { CopyOut } from './copy-out';
import { withBackupClient } from './with-backup-client';

export interface BackedUp {
  readonly tables: number;
  readonly rows: number;
  /** The newest migration of the database. */
  readonly schema: string;
}

const NEW_LINE = 10;

/**
 * Writes everything in the database into a file, as of one moment, while the services run. The file appears when it is whole, readable by its owner alone: what is sealed in it
 * opens with `ENCRYPTION_KEYS`, which are not in it.
 * @throws BackupError where the tables are missing; an error of the file system, of a file that is there too
 */
export async function backUp(url: string, file: string): Promise<BackedUp> {
  return withBackupClient(url, async (client) => {
    await client.query('begin isolation level repeatable read, read only');
    const schema = await schemaOf(client);
    const newest = schema.at(-1);
    if (newest === undefined) throw new BackupError('there are no tables to be backed up: the database was never migrated');
    const tables = await backedUpTables(client);
    const counts = { rows: 0 };
    const draft = `${file}.partial`;
    try {
      await pipeline(Readable.from(textOf(client, await headerOf(client, schema), tables, counts)), createGzip(), createWriteStream(draft, { mode: 0o600, flush: true }));
      await rename(draft, file);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    await client.query('commit');
    return { tables: tables.length, rows: counts.rows, schema: newest };
  });
}

async function* textOf(client: Client, header: BackupHeader, tables: readonly BackedUpTable[], counts: { rows: number }): AsyncGenerator<string | Buffer> {
  yield line(header);
  for (const { table, columns } of tables) {
    yield line({ table, columns });
    const sum = createHash('sha256');
    let rows = 0;
    // A table with partitions can only be copied as what a query finds in it.
    for await (const chunk of client.query(new CopyOut(`copy (select ${listed(columns)} from ${escapeIdentifier(table)}) to stdout`)) as AsyncIterable<Buffer>) {
      sum.update(chunk);
      for (let at = chunk.indexOf(NEW_LINE); at !== -1; at = chunk.indexOf(NEW_LINE, at + 1)) rows += 1;
      yield chunk;
    }
    yield `\\.\n${line({ rows, sha256: sum.digest('hex') })}`;
    counts.rows += rows;
  }
  yield line({ tables: tables.length, rows: counts.rows });
}

async function headerOf(client: Client, schema: string[]): Promise<BackupHeader> {
  const { rows } = await client.query<{ month: string }>(
    `select substr(p.relname, 15) as month from pg_inherits i join pg_class p on p.oid = i.inhrelid where i.inhparent = to_regclass('usage_records') and p.relname ~ '^usage_records_\\d{4}_\\d{2}$' order by 1`,
  );
  return { format: FORMAT, at: new Date().toISOString(), schema, months: rows.map(({ month }) => month) };
}

/** The migrations of the database, in order; none where there is no table of them. */
export async function schemaOf(client: Client): Promise<string[]> {
  const { rows: [table] } = await client.query<{ exists: boolean }>('select to_regclass($1) is not null as exists', [MIGRATIONS_TABLE]);
  if (!table?.exists) return [];
  const { rows } = await client.query<{ name: string }>(`select name from ${MIGRATIONS_TABLE}`);
  return rows.map(({ name }) => fileName(name)).sort();
}

const line = (value: object) => `${JSON.stringify(value)}\n`;
