import { Client, escapeIdentifier } from 'pg';
import { errorCode } from './error-code';
import { toPostgresUrl } from './to-postgres-url';

const NO_SUCH_DATABASE = '3D000';
/** Another creator was faster: told by the check, or by the unique index of `pg_database`. */
const EXISTS = new Set(['42P04', '23505']);
const TIMEOUT_MS = 10_000;

/**
 * Makes the database that the URL names, through the server's `postgres` database. False when it was there.
 * @throws when the server cannot be reached, or the user may not create databases.
 */
export async function createDatabaseIfMissing(url: string): Promise<boolean> {
  const target = toPostgresUrl(url);
  const name = await missingDatabase(target);
  if (name === null) return false;
  const maintenance = new URL(target);
  maintenance.pathname = '/postgres';
  return withClient(maintenance.href, async (client) => {
    try {
      await client.query(`create database ${escapeIdentifier(name)}`);
      return true;
    } catch (error) {
      if (EXISTS.has(errorCode(error))) return false;
      throw error;
    }
  });
}

/** The name of the database when it does not exist, null when it does. */
async function missingDatabase(url: string): Promise<string | null> {
  try {
    return await withClient(url, async () => null);
  } catch (error) {
    if (errorCode(error) === NO_SUCH_DATABASE) return new Client(url).database ?? null;
    throw error;
  }
}

async function withClient<T>(connectionString: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString, connectionTimeoutMillis: TIMEOUT_MS, query_timeout: TIMEOUT_MS });
  // A connection that breaks between statements must not end the process; the next statement tells.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}
