import type { NanoUsd } from '@higress/kernel';
import type { EntityManager } from 'typeorm';

/** What a key used on one UTC day. */
export interface DayOfKey {
  /** `2027-01-31`. */
  readonly day: string;
  readonly requests: number;
  /** Answered with 400 or more. */
  readonly errors: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** At price. */
  readonly costNanoUsd: NanoUsd;
  /** What the account paid of it. */
  readonly chargedNanoUsd: NanoUsd;
}

export interface KeyUsageRange {
  readonly tenantId: string;
  readonly keyId: string;
  /** UTC days, both included. */
  readonly firstDay: string;
  readonly lastDay: string;
}

type Row = Readonly<Record<'day' | 'requests' | 'errors' | 'input_tokens' | 'cached_input_tokens' | 'output_tokens' | 'reasoning_tokens' | 'cost_nano' | 'charged_nano', string>>;

const SUMMED = ['input_tokens', 'cached_input_tokens', 'output_tokens', 'reasoning_tokens', 'cost_nano', 'charged_nano'].map((name) => `sum(${name}) as ${name}`).join(', ');

// Days that were rolled up are read there, the others from their records: a day is never in both.
const BY_DAY = `
  with rolled as (select date_trunc('day', through at time zone 'UTC') as before from usage_rollups where name = 'daily'),
       days as (
         select day as utc_day, sum(requests) as requests, sum(errors) as errors, ${SUMMED} from usage_daily, rolled
          where tenant_id = $1 and key_id = $2 and day between $3::date and $4::date and day < rolled.before
          group by day
         union all
         select (started_at at time zone 'UTC')::date, count(*), count(*) filter (where status >= 400), ${SUMMED} from usage_records, rolled
          where key_id = $2 and started_at >= greatest($3::date::timestamp, rolled.before) at time zone 'UTC' and started_at < ($4::date + 1)::timestamp at time zone 'UTC'
          group by 1)
  select to_char(utc_day, 'YYYY-MM-DD') as day, * from days order by utc_day`;

/** What a key used, day by day; days without a call are left out. As fresh as the usage records; what was settled days late shows after the next roll-up. */
export async function keyUsage(tx: EntityManager, { tenantId, keyId, firstDay, lastDay }: KeyUsageRange): Promise<DayOfKey[]> {
  const rows = await tx.query<Row[]>(BY_DAY, [tenantId, keyId, firstDay, lastDay]);
  return rows.map((row) => ({
    day: row.day,
    requests: Number(row.requests),
    errors: Number(row.errors),
    inputTokens: Number(row.input_tokens),
    cachedInputTokens: Number(row.cached_input_tokens),
    outputTokens: Number(row.output_tokens),
    reasoningTokens: Number(row.reasoning_tokens),
    costNanoUsd: BigInt(row.cost_nano),
    chargedNanoUsd: BigInt(row.charged_nano),
  }));
}
