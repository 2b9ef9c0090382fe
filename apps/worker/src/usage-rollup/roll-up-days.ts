import type { DataSource } from 'typeorm';

/** Brings `usage_daily` up to date with `usage_hourly` and returns how many days were touched. Resumable as `rollUpHours` is. */
export async function rollUpDays(db: DataSource): Promise<number> {
  const [clock] = await db.query<{ now: string }[]>('select clock_timestamp()::text as now');
  const touched = await db.query<{ day: string }[]>('select day::text from usage_days_to_roll_up() as day');
  for (const { day } of touched) await db.query('select roll_up_usage_day($1)', [day]);
  await db.query(`update usage_rollups set through = greatest(through, $1) where name = 'daily'`, [clock?.now]);
  return touched.length;
}
