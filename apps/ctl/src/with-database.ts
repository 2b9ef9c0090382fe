import { createDataSource, isDatabaseAway } from '@higress/database';
import type { Settings } from '@higress/config';
import type { DataSource } from 'typeorm';
import { Fault } from './fault';
import { safeUrl } from './safe-url';

const STATEMENT_TIMEOUT_MS = 30_000;

type DatabaseSetting = Pick<Settings<'ctl-database'>, 'DATABASE_URL'>;

/** A pool that is not open yet, for what opens its own connection. */
export function dataSourceOf({ DATABASE_URL }: DatabaseSetting, statementTimeoutMs = STATEMENT_TIMEOUT_MS): DataSource {
  return createDataSource({ url: DATABASE_URL, name: 'ctl', poolSize: 2, statementTimeoutMs });
}

/** Opens Postgres for `work` and closes it after. @throws Fault that names the remedy when Postgres is what failed. */
export async function withDatabase<T>(settings: DatabaseSetting, work: (database: DataSource) => Promise<T>, statementTimeoutMs?: number): Promise<T> {
  return naming(settings.DATABASE_URL, async () => {
    const database = await dataSourceOf(settings, statementTimeoutMs).initialize();
    try {
      return await work(database);
    } finally {
      await database.destroy();
    }
  });
}

/** Does `work` and puts what Postgres refuses into an operator's words. */
export async function naming<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const remedy = remedyOf(error, safeUrl(url));
    throw remedy === undefined ? error : new Fault(remedy, { cause: error });
  }
}

function remedyOf(error: unknown, where: string): string | undefined {
  const { code, message } = error as { code?: string; message?: string };
  if (code?.startsWith('28')) return `Postgres refuses the user or the password of DATABASE_URL (${where}): correct it there.`;
  if (code === '3D000') return `The database of DATABASE_URL (${where}) does not exist: run “migrate up”, which creates it.`;
  if (code === '42P01') return `The tables are missing (${message}): run “migrate up”.`;
  if (code === '42501') return `The user of DATABASE_URL (${where}) lacks a right (${message}): grant it, or use another user.`;
  if (isDatabaseAway(error)) return `Postgres at ${where} cannot be reached (${code ?? message}): start it, or correct DATABASE_URL.`;
  return undefined;
}
