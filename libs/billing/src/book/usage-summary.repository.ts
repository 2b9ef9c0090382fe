import type { NanoUsd } from '@higress/kernel';
import { rowsOf, type Sql } from '../postgres/sql';
import { Conditions } from './conditions';
import { type TimeRange, withoutHoles } from './time-ranges';
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

/** Where sums come from: the column of their time, its day, and their numbers. */
const SOURCES = {
  usage_daily: { column: 'day', cast: '::date', day: 'day', sums: SUMS.join(', ') },
  usage_hourly: { column: 'hour', cast: '', day: "(hour at time zone 'UTC')::date", sums: SUMS.join(', ') },
  usage_records: {
    column: 'started_at', cast: '', day: "(started_at at time zone 'UTC')::date",
    sums: '1, (status >= 400)::integer, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, cost_nano, charged_nano, uncollected_nano',
  },
} as const;
type Source = keyof typeof SOURCES;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FOREVER: TimeRange = { from: 0, to: Date.UTC(9999, 0) };

type Row = Record<string, string | null>;

/**
 * Sums of usage. Whole days come from the daily sums, other whole hours from the hourly ones, and the rest (the hours that have changed since the last roll-up, and
 * parts of hours) from the records themselves: exact to the moment, and read from thousands of rows instead of millions.
 */
export class UsageSummary {
  constructor(private readonly sql: Sql) {}

  /** By day where days are asked for, then the dearest first; `skip` rows left out, at most `limit` returned. */
  async of({ from, to, ...filter }: SummaryFilter, dimensions: readonly UsageDimension[], { limit, skip }: { readonly limit: number; readonly skip: number }): Promise<UsageSum[]> {
    const asked = { from: from?.getTime() ?? FOREVER.from, to: to?.getTime() ?? FOREVER.to };
    const { text, values } = query(await this.sources(asked), filter, dimensions, limit, skip);
    return (await rowsOf<Row>(this.sql, text, values)).map((row) => toSum(row, dimensions));
  }

  /** Which part of the time is read from where. Told to Postgres as it is: its planner knows how much that is, which it could not guess of a join. */
  private async sources(asked: TimeRange): Promise<Record<Source, TimeRange[]>> {
    const [open] = await rowsOf<{ hours: Date[]; days: string[] }>(this.sql, 'select array(select usage_hours_to_roll_up()) as hours, array(select day::text from usage_days_to_roll_up() as day) as days');
    const openHours = (open?.hours ?? []).map((hour) => ({ from: hour.getTime(), to: hour.getTime() + HOUR_MS }));
    const openDays = [...(open?.days ?? []).map((day) => Date.parse(day)), ...openHours.map(({ from }) => floor(from, DAY_MS))].map((day) => ({ from: day, to: day + DAY_MS }));
    const daily = withoutHoles([{ from: -floor(-asked.from, DAY_MS), to: floor(asked.to, DAY_MS) }], openDays);
    const hourly = withoutHoles([{ from: -floor(-asked.from, HOUR_MS), to: floor(asked.to, HOUR_MS) }], [...daily, ...openHours]);
    return { usage_daily: daily, usage_hourly: hourly, usage_records: withoutHoles([asked], [...daily, ...hourly]) };
  }
}

function floor(ms: number, step: number): number {
  return Math.floor(ms / step) * step;
}

function query(sources: Record<Source, TimeRange[]>, filter: Omit<SummaryFilter, 'from' | 'to'>, dimensions: readonly UsageDimension[], limit: number, skip: number) {
  const conditions = addDimensions(new Conditions(), filter);
  const parts = (Object.keys(SOURCES) as Source[]).flatMap((source) => part(source, sources[source], conditions) ?? []);
  const names = dimensions.map((dimension) => `"${dimension}"`);
  const order = [...(dimensions.includes('day') ? ['"day"'] : []), 'cost_nano desc', 'requests desc', ...names];
  const text = `
    with p (day, ${DIMENSION_COLUMNS}, ${SUMS.join(', ')}) as (${parts.join(' union all ')})
    select ${[...dimensions.map((dimension, at) => `${EXPRESSIONS[dimension]} as ${names[at]}`), ...SUMS.map((name) => `coalesce(sum(p.${name}), 0)::bigint as ${name}`)].join(', ')}
    from p ${dimensions.map((dimension) => JOINS[dimension] ?? '').join(' ')}
    ${dimensions.length > 0 ? `group by ${dimensions.map((_, at) => at + 1).join(', ')}` : ''}
    order by ${order.join(', ')} limit ${limit} offset ${skip}`;
  return { text, values: conditions.values };
}

/** The rows of one source. The records are asked even for no time at all, so that there always is something to ask. */
function part(source: Source, ranges: readonly TimeRange[], conditions: Conditions): string | null {
  if (ranges.length === 0 && source !== 'usage_records') return null;
  const { column, cast, day, sums } = SOURCES[source];
  const parameter = (ms: number) => `$${conditions.values.push(new Date(ms).toISOString())}${cast}`;
  const times = ranges.map(({ from, to }) => `${column} >= ${parameter(from)} and ${column} < ${parameter(to)}`);
  return `select ${day}, ${DIMENSION_COLUMNS}, ${sums} from ${source} where (${times.join(' or ') || 'false'})${conditions.and}`;
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
