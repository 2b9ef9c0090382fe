import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { WORKSPACE } from './embedded';

export interface FreshDatabase {
  /** Of the superuser. */
  readonly url: string;
  /** Ends whatever is still connected to it. */
  drop(): Promise<void>;
}

const MIGRATIONS = join(WORKSPACE, 'libs/database/src/migrations');
/** Any number will do, as long as nothing else on the server takes it. */
const TEMPLATE_LOCK = 740_219_113;

/**
 * A database of the caller's own on the server of `TEST_DATABASE_URL`, migrated to the newest, in some 50 ms:
 * the first caller migrates a template, everybody else copies it.
 */
export async function freshDatabase(): Promise<FreshDatabase> {
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`;
  await asAdmin(async (admin) => {
    const template = await migratedTemplate(admin);
    await admin.query(`create database ${name} template ${template}`);
  });
  return { url: urlOf(name), drop: () => dropDatabase(name) };
}

/** A database of the caller's own with nothing in it, for specs of the migrations themselves. */
export async function emptyDatabase(): Promise<FreshDatabase> {
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`;
  await asAdmin((admin) => admin.query(`create database ${name}`));
  return { url: urlOf(name), drop: () => dropDatabase(name) };
}

/** Named for the contents of the migrations, so that a changed migration makes a new one. Becomes visible by a rename, when it is complete. */
async function migratedTemplate(admin: Client): Promise<string> {
  const template = `template_${migrationsHash()}`;
  if (await exists(admin, template)) return template;
  await admin.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    if (await exists(admin, template)) return template;
    const draft = `${template}_draft`;
    await admin.query(`drop database if exists ${draft} with (force)`);
    await admin.query(`create database ${draft}`);
    await migrate(urlOf(draft));
    await admin.query(`alter database ${draft} with allow_connections false`);
    await admin.query(`alter database ${draft} rename to ${template}`);
    return template;
  } finally {
    await admin.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
}

/** Loaded only here: TypeORM and the entities take half a second, which nearly every spec file is spared. */
async function migrate(url: string): Promise<void> {
  const { createDataSource, migrateUp } = await import('@higress/database');
  await migrateUp(createDataSource({ url, name: 'test-template', poolSize: 2, statementTimeoutMs: 60_000 }));
}

function migrationsHash(): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(MIGRATIONS).sort()) hash.update(file).update(readFileSync(join(MIGRATIONS, file)));
  return hash.digest('hex').slice(0, 12);
}

async function exists(admin: Client, database: string): Promise<boolean> {
  return (await admin.query('select from pg_database where datname = $1', [database])).rowCount === 1;
}

async function dropDatabase(name: string): Promise<void> {
  await asAdmin((admin) => admin.query(`drop database if exists ${name} with (force)`));
}

async function asAdmin<T>(work: (admin: Client) => Promise<T>): Promise<T> {
  const admin = new Client({ connectionString: adminUrl(), connectionTimeoutMillis: 10_000 });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

function urlOf(database: string): string {
  const url = new URL(adminUrl());
  url.pathname = `/${database}`;
  return url.href;
}

function adminUrl(): string {
  const url = process.env['TEST_DATABASE_URL'];
  if (!url) throw new Error('TEST_DATABASE_URL is not set: a spec that needs Postgres is named *.int-spec.ts or *.e2e-spec.ts');
  return url;
}
