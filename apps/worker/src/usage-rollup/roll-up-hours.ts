import type { DataSource } from 'typeorm';

/**
 * Brings `usage_hourly` up to date and returns how many hours were touched. Each hour is a transaction of its own, so what was done stays
 * done when a later one fails; only after all of them is it noted how far this run has looked.
 */
export async function rollUpHours(db: DataSource): Promise<number> {
  const [clock] = await db.query<{ now: string }[]>('select clock_timestamp()::text as now');
  const touched = await db.query<{ hour: string }[]>('select hour::text from usage_hours_to_roll_up() as hour');
  for (const { hour } of touched) await db.query('select roll_up_usage_hour($1)', [hour]);
  await db.query(`update usage_rollups set through = greatest(through, $1) where name = 'hourly'`, [clock?.now]);
  return touched.length;
}
