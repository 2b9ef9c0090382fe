import type { QueryRunner } from 'typeorm';

/** The first line of an `up.sql` that is not run in a transaction, because it has something to do that Postgres does in none: indexes of large tables, without locking them. */
export const OUTSIDE = '-- outside a transaction\n';

const WAITS_FOR_ITSELF = /\bconcurrently\b/i;

/**
 * Runs the statements of a migration one by one, each committed by itself. What they leave behind when one fails is there when they are run again from the first on: write each so
 * that this does no harm. A statement ends with a `;` at the end of a line; one that gives rows with a column `execute` has these executed, in their order.
 */
export async function runOutside(runner: QueryRunner, sql: string): Promise<void> {
  for (const statement of sql.split(/;[ \t]*$/m).map((text) => text.trim()).filter((text) => text.replaceAll(/^--.*$/gm, '').trim() !== '')) {
    const rows: unknown = await execute(runner, statement);
    for (const row of Array.isArray(rows) ? (rows as { execute?: unknown }[]) : []) if (typeof row.execute === 'string') await execute(runner, row.execute);
  }
}

/** What is done concurrently waits until everybody has ended who began before, and nobody waits for it meanwhile: no timeout of locks fits it. */
async function execute(runner: QueryRunner, statement: string): Promise<unknown> {
  if (!WAITS_FOR_ITSELF.test(statement.replaceAll(/^--.*$/gm, ''))) return runner.query(statement);
  const [before]: { lock_timeout: string }[] = await runner.query("select current_setting('lock_timeout') as lock_timeout");
  await runner.query('set lock_timeout = 0');
  try {
    return await runner.query(statement);
  } finally {
    await runner.query("select set_config('lock_timeout', $1, false)", [before?.lock_timeout ?? '0']);
  }
}
