import type { DataSource } from 'typeorm';

/** Rows of one statement: short enough that nobody waits for its locks. */
const BATCH = 2000;
/** Of rows that hold megabytes. */
const BATCH_OF_LARGE = 100;

export interface Retention {
  /** `RESPONSES_RETENTION_DAYS`. */
  readonly responsesDays: number;
}

/** What is of no use any more. Most of it answers questions for 30 days: a session's end, a rotated key's. */
const EXPIRED: Readonly<Record<string, string>> = {
  sessions: `least(expires_at, revoked_at) < now() - interval '30 days'`,
  password_resets: `expires_at < now() - interval '30 days'`,
  api_key_secrets: `expires_at < now() - interval '30 days'`,
  signing_keys: `retired_at < now() - interval '30 days'`,
  idempotent_answers: 'expires_at < now()',
  blocked_ips: `expires_at < now() - interval '30 days'`,
};

/** Deletes it, batch by batch, and returns how many rows each table lost. */
export async function deleteExpired(db: DataSource, { responsesDays }: Retention): Promise<Record<string, number>> {
  const deleted: Record<string, number> = {};
  for (const [table, condition] of Object.entries(EXPIRED)) deleted[table] = await deleteWhere(db, table, condition);
  deleted.stored_responses = await deleteWhere(db, 'stored_responses', `created_at <= now() - make_interval(days => ${responsesDays})`, BATCH_OF_LARGE);
  return deleted;
}

async function deleteWhere(db: DataSource, table: string, condition: string, batch = BATCH): Promise<number> {
  const statement = `delete from ${table} where ctid = any (array(select ctid from ${table} where ${condition} limit ${batch}))`;
  for (let total = 0; ; ) {
    const [, affected] = await db.query<[unknown, number]>(statement);
    total += affected;
    if (affected < batch) return total;
  }
}
