import type { NanoUsd } from '@higress/kernel';
import { rowsOf, type Sql } from '../postgres/sql';
import { Conditions } from './conditions';
import { addDimensions, type UsageFilter } from './usage-filter';

export const USAGE_DIMENSIONS = ['day', 'tenant', 'key', 'user', 'model', 'provider', 'tag'] as const;
/** `day` in UTC; `user` is who called on the internal channel, or owns the key; `tag` is `name=value`: a call is in the sum of each tag that it has. */
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number];

export interface UsageSum {
  /** What the sum is of, in the order that was asked for; null where calls have none. */
  readonly of: Readonly<Partial<Record<UsageDimension, string | null>>>;
  readonly requests: number;
  /** Calls answered with a status of 400 or more. */
  readonly errors: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly costNanoUsd: NanoUsd;
  readonly chargedNanoUsd: NanoUsd;
  readonly uncollectedNanoUsd: NanoUsd;
}

export type SummaryFilter = Pick<UsageFilter, 'tenantId' | 'keyId' | 'userId' | 'model' | 'provider' | 'tags' | 'from' | 'to'>;

const EXPRESSIONS: Record<UsageDimension, string> = {
  day: 'p.day::text',
  tenant: 'p.tenant_id::text',
  key: 'p.key_id::text',
  user: 'coalesce(p.user_id, k.owner_user_id)::text',
  model: 'p.model',
  provider: 'p.provider',
  tag: "t.name || '=' || t.value",
};
const JOINS: Partial<Record<UsageDimension, string>> = {
  user: 'left join api_keys k on k.id = p.key_id',
  tag: 'left join lateral jsonb_each_text(p.tags) as t (name, value) on true',
};
const SUMS = ['requests', 'errors', 'input_tokens', 'cached_input_tokens', 'output_tokens', 'reasoning_tokens', 'cost_nano', 'charged_nano', 'uncollected_nano'] as const;
const DIMENSION_COLUMNS = 'tenant_id, key_id, user_id, model, provider, tags';
const OF_RECORDS = "1, (status >= 400)::integer, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, cost_nano, charged_nano, uncollected_nano";

type Row = Record<string, string | null>;

/**
 * Sums of usage. Whole days come from the daily sums, other whole hours from the hourly ones, and the rest (the hours that have changed since the last roll-up, and
 * parts of hours) from the records themselves: exact to the moment, and read from thousands of rows instead of millions.
 */
export class UsageSummary {
  constructor(private readonly sql: Sql) {}

  /** By day where days are asked for, then the dearest first; `skip` rows left out, at most `limit` returned. */
  async of(filter: SummaryFilter, dimensions: readonly UsageDimension[], { limit, skip }: { readonly limit: number; readonly skip: number }): Promise<UsageSum[]> {
    const { text, values } = query(filter, dimensions, limit, skip);
    return (await rowsOf<Row>(this.sql, text, values)).map((row) => toSum(row, dimensions));
  }
}

function query({ from = new Date(0), to = new Date('9999-01-01T00:00:00Z'), ...filter }: SummaryFilter, dimensions: readonly UsageDimension[], limit: number, skip: number) {
  const conditions = addDimensions(new Conditions([from, to]), filter);
  const names = dimensions.map((dimension) => `"${dimension}"`);
  const order = [...(dimensions.includes('day') ? ['"day"'] : []), 'cost_nano desc', 'requests desc', ...names];
  const text = `
    with bounds as materialized (
      select $1::timestamptz as at, $2::timestamptz as until, date_trunc('hour', $1::timestamptz + interval '1 hour - 1 microsecond', 'UTC') as first_hour, date_trunc('hour', $2::timestamptz, 'UTC') as end_hour,
        (date_trunc('day', $1::timestamptz + interval '1 day - 1 microsecond', 'UTC') at time zone 'UTC')::date as first_day, (date_trunc('day', $2::timestamptz, 'UTC') at time zone 'UTC')::date as end_day
    ), open_hours as materialized (
      select hour from usage_hours_to_roll_up() as hour
    ), open_days as materialized (
      select day from usage_days_to_roll_up() as day union select (hour at time zone 'UTC')::date from open_hours
    ), pieces as materialized (
      select hour from open_hours union select date_trunc('hour', at, 'UTC') from bounds where at < first_hour union select end_hour from bounds where end_hour < until
    ), p as (
      select day, ${DIMENSION_COLUMNS}, ${SUMS.join(', ')} from usage_daily
      where day >= (select first_day from bounds) and day < (select end_day from bounds) and day not in (select day from open_days)${conditions.and}
      union all
      select (hour at time zone 'UTC')::date, ${DIMENSION_COLUMNS}, ${SUMS.join(', ')} from usage_hourly
      where hour >= (select first_hour from bounds) and hour < (select end_hour from bounds) and hour not in (select hour from open_hours)
        and (hour < (select first_day::timestamp at time zone 'UTC' from bounds) or hour >= (select end_day::timestamp at time zone 'UTC' from bounds)
          or (hour at time zone 'UTC')::date in (select day from open_days))${conditions.and}
      union all
      select r.* from pieces cross join lateral (
        select (started_at at time zone 'UTC')::date, ${DIMENSION_COLUMNS}, ${OF_RECORDS} from usage_records
        where started_at >= pieces.hour and started_at < pieces.hour + interval '1 hour' and started_at >= $1 and started_at < $2${conditions.and}
      ) r
    )
    select ${[...dimensions.map((dimension, at) => `${EXPRESSIONS[dimension]} as ${names[at]}`), ...SUMS.map((name) => `coalesce(sum(p.${name}), 0)::bigint as ${name}`)].join(', ')}
    from p ${dimensions.map((dimension) => JOINS[dimension] ?? '').join(' ')}
    ${dimensions.length > 0 ? `group by ${dimensions.map((_, at) => at + 1).join(', ')}` : ''}
    order by ${order.join(', ')} limit ${limit} offset ${skip}`;
  return { text, values: conditions.values };
}

function toSum(row: Row, dimensions: readonly UsageDimension[]): UsageSum {
  return {
    of: Object.fromEntries(dimensions.map((dimension) => [dimension, row[dimension] ?? null])),
    requests: Number(row['requests']),
    errors: Number(row['errors']),
    inputTokens: Number(row['input_tokens']),
    cachedInputTokens: Number(row['cached_input_tokens']),
    outputTokens: Number(row['output_tokens']),
    reasoningTokens: Number(row['reasoning_tokens']),
    costNanoUsd: BigInt(row['cost_nano'] ?? 0),
    chargedNanoUsd: BigInt(row['charged_nano'] ?? 0),
    uncollectedNanoUsd: BigInt(row['uncollected_nano'] ?? 0),
  };
}
