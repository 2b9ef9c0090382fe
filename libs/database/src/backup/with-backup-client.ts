import { Client } from 'pg';
import { toPostgresUrl } from '../to-postgres-url';

const CONNECT_MS = 10_000;
/** So that a value is written as it is read, whatever the database or its user is set to. */
const SETTINGS = `set datestyle = iso; set intervalstyle = postgres; set timezone = 'UTC'; set bytea_output = hex; set extra_float_digits = 3; set client_encoding = utf8;
  set statement_timeout = 0; set idle_in_transaction_session_timeout = 0`;

/** A connection of one's own, on which nothing is hurried: a large table takes its time. */
export async function withBackupClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: toPostgresUrl(url), application_name: 'backup', connectionTimeoutMillis: CONNECT_MS, keepAlive: true });
  // A connection that breaks between statements must not end the process; the next statement tells.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(SETTINGS);
    return await work(client);
  } finally {
    await client.end();
  }
}
