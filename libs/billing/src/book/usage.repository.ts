import { rowsOf, type Sql } from '../postgres/sql';
import { Conditions } from './conditions';
import { type Page, type PageRequest, readCursor, toPage } from './page';
import { addDimensions, conditionsOn, isSparse, type UsageFilter } from './usage-filter';
import { toUsageRecord, type UsageRecord, type UsageRow } from './usage-record';

const COLUMNS = `id, started_at, channel, tenant_id, key_id, user_id, model, provider, upstream_model, dialect, stream, status, error_code, attempts, input_tokens, cached_input_tokens,
  cache_write_tokens, output_tokens, reasoning_tokens, units, estimated, clamped, cost_nano, charged_nano, uncollected_nano, ttft_ms, duration_ms, overhead_ms, client_request_id, tags`;

/** What calls came to, newest first by their start. */
export class UsageRecords {
  constructor(private readonly sql: Sql) {}

  /**
   * A page of few rows is found among millions without reading them: by an index where the filter is on a tenant, a key or failures, and else by the hourly sums,
   * which tell in which hours and of which keys there are any. What is not summed yet is looked through.
   * @throws DomainError INVALID_REQUEST for a cursor that is none
   */
  async page(filter: UsageFilter, { limit, cursor }: PageRequest): Promise<Page<UsageRecord>> {
    const after = cursor === null ? null : readCursor(cursor);
    const { text, values } = isSparse(filter) ? throughHours(filter, after, limit) : straight(filter, after, limit);
    return toPage((await rowsOf<UsageRow>(this.sql, text, values)).map(toUsageRecord), limit);
  }
}

interface Query {
  readonly text: string;
  readonly values: unknown[];
}

const AFTER = '(started_at, id) < (uuidv7_time(?), ?)';

function straight(filter: UsageFilter, after: string | null, limit: number): Query {
  const conditions = conditionsOn(new Conditions(), filter).add(AFTER, after);
  return { text: `select ${COLUMNS} from usage_records ${conditions.where} order by started_at desc, id desc limit ${limit + 1}`, values: conditions.values };
}

/**
 * Day by day and hour by hour, backwards, and of each hour only the keys that have such calls; an hour that also has some without a key, or is not summed yet, is read
 * whole. Each step is sorted before the next, so that the query ends with the last row that it needs.
 */
function throughHours(filter: UsageFilter, after: string | null, limit: number): Query {
  const days = addDimensions(new Conditions(), filter)
    .add("day >= (?::timestamptz at time zone 'UTC')::date", filter.from)
    .add("day <= (?::timestamptz at time zone 'UTC')::date", filter.to)
    .add("day <= (uuidv7_time(?) at time zone 'UTC')::date", after);
  const hours = addDimensions(new Conditions(days.values), filter)
    .add("hour > ?::timestamptz - interval '1 hour'", filter.from)
    .add('hour < ?', filter.to)
    .add('hour <= uuidv7_time(?)', after);
  const rows = conditionsOn(new Conditions(days.values), filter).add(AFTER, after);
  const of = (how: string) => `(select ${COLUMNS} from usage_records where ${how} and started_at >= h.hour and started_at < h.hour + interval '1 hour'${rows.and} order by started_at desc, id desc limit ${limit + 1})`;
  return {
    text: `
      with open_hours as materialized (select hour from usage_hours_to_roll_up() as hour)
      select u.* from (
        select day from (select day from usage_daily ${days.where} union all select day from usage_days_to_roll_up() as day union all select (hour at time zone 'UTC')::date from open_hours) marks
        group by day order by day desc
      ) d
      cross join lateral (
        select hour, case when bool_and(key_id is not null) then array_agg(distinct key_id) end as keys from (
          select hour, key_id from usage_hourly where hour >= d.day::timestamp at time zone 'UTC' and hour < (d.day + 1)::timestamp at time zone 'UTC'${hours.and}
          union all select hour, null from open_hours where (hour at time zone 'UTC')::date = d.day
        ) marks group by hour
      ) h
      cross join lateral (${of('key_id = any (h.keys)')} union all ${of('h.keys is null')}) u
      order by d.day desc, u.started_at desc, u.id desc limit ${limit + 1}`,
    values: days.values,
  };
}
