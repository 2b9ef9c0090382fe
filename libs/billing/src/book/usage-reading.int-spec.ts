import { uuidv7 } from '@higress/kernel';
import { freshDatabase } from '@higress/testing';
import { type Book, openBook } from '../fixtures/a-book';
import { aSeed } from '../fixtures/chance';
import type { UsageFilter } from './usage-filter';
import type { UsageRecord } from './usage-record';
import { type UsageDimension, UsageSummary } from './usage-summary.repository';
import { UsageRecords } from './usage.repository';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 2, 3, 4, 0, 0);
const SPAN_HOURS = 80;
let book: Book;
let tenants: string[];
let keys: { id: string; tenantId: string; ownerId: string | null; tags: Record<string, string> }[];
let people: string[];
let all: UsageRecord[];

/** A UUIDv7 of that moment. */
const idAt = (ms: number) => uuidv7().replace(/^.{13}/, `${ms.toString(16).padStart(12, '0').slice(0, 8)}-${ms.toString(16).padStart(12, '0').slice(8)}`);

async function insert(chance: ReturnType<typeof aSeed>, count: number): Promise<void> {
  const rows = Array.from({ length: count }, () => {
    const id = idAt(START + chance.below(SPAN_HOURS * HOUR));
    const key = chance.below(8) === 0 ? null : keys[chance.below(keys.length)];
    const status = [200, 200, 200, 200, 429, 502][chance.below(6)];
    return {
      id, tenant_id: key?.tenantId ?? tenants[chance.below(3)], key_id: key?.id ?? null, user_id: key ? null : people[chance.below(2)], tags: key?.tags ?? {}, model: ['often', 'often', 'often', 'rare'][chance.below(4)],
      provider: ['p', 'q'][chance.below(2)], status, input: chance.below(100), cost: chance.below(1000),
    };
  });
  await book.rows(
    `insert into usage_records (id, started_at, channel, tenant_id, key_id, user_id, model, provider, dialect, stream, status, error_code, attempts, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens,
       reasoning_tokens, estimated, clamped, cost_nano, charged_nano, uncollected_nano, tags, settled, recorded_at)
     select id, uuidv7_time(id), case when key_id is null then 'internal' else 'external' end, tenant_id, key_id, user_id, model, provider, 'openai', false, status, case when status >= 400 then 'ODD' end, 1, input, 1, 0, 2, 1,
       false, false, cost, cost, 0, tags, true, clock_timestamp()
     from jsonb_to_recordset($1) as r (id uuid, tenant_id uuid, key_id uuid, user_id uuid, tags jsonb, model text, provider text, status integer, input bigint, cost bigint)`,
    [JSON.stringify(rows)],
  );
}

const readAll = async (filter: UsageFilter, limit: number) => {
  const rows: UsageRecord[] = [];
  for (let cursor: string | null = null; ; ) {
    const page = await new UsageRecords(book.pool).page(filter, { limit, cursor });
    rows.push(...page.rows);
    cursor = page.nextCursor;
    if (cursor === null) return rows;
  }
};
const rollUp = async () => {
  const [clock] = await book.rows<{ now: string }>('select clock_timestamp()::text as now');
  await book.rows('select roll_up_usage_hour(hour) from usage_hours_to_roll_up() as hour');
  await book.rows('select roll_up_usage_day(day) from usage_days_to_roll_up() as day');
  // As if the roll-up had run a while ago: what came since is not in its overlap.
  await book.rows("update usage_rollups set through = $1::timestamptz + interval '10 minutes'", [clock?.now]);
};
const ownerOf = (row: UsageRecord) => row.userId ?? keys.find(({ id }) => id === row.keyId)?.ownerId ?? null;
const fits = ({ tenantId, keyId, userId, model, provider, status, errorCode, channel, tags = {}, from, to }: UsageFilter) => (row: UsageRecord) =>
  (tenantId === null || row.tenantId === tenantId) && (!keyId || row.keyId === keyId) && (!userId || ownerOf(row) === userId) && (!model || row.model === model) && (!provider || row.provider === provider) &&
  (!status || row.status === status) && (!errorCode || row.errorCode === errorCode) && (!channel || row.channel === channel) && Object.entries(tags).every(([name, value]) => row.tags[name] === value) &&
  (!from || row.startedAt >= from) && (!to || row.startedAt < to);

beforeAll(async () => {
  book = openBook(await freshDatabase());
  tenants = await Promise.all([1, 2, 3].map(() => book.tenant('postpaid')));
  people = [uuidv7(), uuidv7()];
  for (const id of people) await book.rows("insert into users (id, tenant_id, email, password_hash) values ($1, $2, $3, '')", [id, tenants[0], `${id}@example.com`]);
  keys = Array.from({ length: 6 }, (_, i) => ({ id: uuidv7(), tenantId: tenants[i % 3] as string, ownerId: i < 2 ? (people[i] as string) : null, tags: ([{}, { team: 'a' }, { team: 'b', env: 'x=y' }] as Record<string, string>[])[i % 3] as Record<string, string> }));
  for (const { id, tenantId, ownerId } of keys) await book.rows("insert into api_keys (id, tenant_id, name, prefix, owner_user_id) values ($1, $2, 'k', 'k', $3)", [id, tenantId, ownerId]);
  // Some hours are summed by day, some by hour, and some have calls that came after the last run.
  const chance = aSeed(7);
  await insert(chance, 1_500);
  await rollUp();
  await insert(chance, 40);
  all = (await readAll({ tenantId: null }, 1_000)).slice();
});
afterAll(() => book.close());

const FILTERS: readonly (() => UsageFilter)[] = [
  () => ({ tenantId: null }),
  () => ({ tenantId: tenants[1] as string }),
  () => ({ tenantId: tenants[0] as string, model: 'rare' }),
  () => ({ tenantId: null, model: 'rare', provider: 'q' }),
  () => ({ tenantId: null, model: 'never' }),
  () => ({ tenantId: null, userId: people[0] as string }),
  () => ({ tenantId: null, tags: { team: 'b' } }),
  () => ({ tenantId: tenants[2] as string, tags: { team: 'b', env: 'x=y' }, model: 'often' }),
  () => ({ tenantId: null, keyId: keys[0]?.id as string, model: 'rare' }),
  () => ({ tenantId: null, model: 'often', from: new Date(START + 7.3 * HOUR), to: new Date(START + 61.8 * HOUR) }),
  () => ({ tenantId: null, from: new Date(START + 2.25 * HOUR), to: new Date(START + 2.75 * HOUR) }),
];

describe('a list of usage', () => {
  const others: (() => UsageFilter)[] = [() => ({ tenantId: null, status: 502 }), () => ({ tenantId: tenants[0] as string, errorCode: 'ODD', model: 'rare' }), () => ({ tenantId: null, channel: 'internal', model: 'often' })];
  it.each([...FILTERS, ...others].map((filter) => ({ filter })))(
    '(%#) holds each row that fits once, newest first, page by page',
    async ({ filter }) => {
      const wanted = all.filter(fits(filter())).map(({ id }) => id);
      for (const limit of [7, 1_000]) expect((await readAll(filter(), limit)).map(({ id }) => id)).toEqual(wanted);
    },
  );
});

describe('a summary of usage', () => {
  const dimensionsOf: Record<UsageDimension, (row: UsageRecord) => (string | null)[]> = {
    day: (row) => [row.startedAt.toISOString().slice(0, 10)],
    tenant: (row) => [row.tenantId],
    key: (row) => [row.keyId],
    user: (row) => [ownerOf(row)],
    model: (row) => [row.model],
    provider: (row) => [row.provider],
    tag: (row) => (Object.keys(row.tags).length === 0 ? [null] : Object.entries(row.tags).map(([name, value]) => `${name}=${value}`)),
  };
  /** The same sums, made from the rows themselves. */
  const expected = (filter: UsageFilter, dimensions: readonly UsageDimension[]) => {
    const sums = new Map<string, [number, number, number, number]>();
    for (const row of all.filter(fits(filter))) {
      let names: (string | null)[][] = [[]];
      for (const dimension of dimensions) names = names.flatMap((name) => dimensionsOf[dimension](row).map((value) => [...name, value]));
      for (const name of names) {
        const [requests, errors, input, cost] = sums.get(JSON.stringify(name)) ?? [0, 0, 0, 0];
        sums.set(JSON.stringify(name), [requests + 1, errors + Number(row.status >= 400), input + row.inputTokens, cost + Number(row.costNanoUsd)]);
      }
    }
    return Object.fromEntries(sums);
  };
  const read = async (filter: UsageFilter, dimensions: readonly UsageDimension[]) => {
    const sums = await new UsageSummary(book.pool).of(filter, dimensions, { limit: 10_000, skip: 0 });
    return Object.fromEntries(sums.map(({ of, requests, errors, inputTokens, costNanoUsd }) => [JSON.stringify(dimensions.map((dimension) => of[dimension])), [requests, errors, inputTokens, Number(costNanoUsd)]]));
  };

  it.each<[UsageDimension[]]>([[['model']], [['key', 'day']], [['user']], [['tag', 'model']], [['day', 'provider']], [['tenant']]])('by %j is what the rows add up to, whatever the filter and whatever was rolled up', async (dimensions) => {
    for (const filter of FILTERS) expect(await read(filter(), dimensions)).toEqual(expected(filter(), dimensions));
  });

  it('has one sum of everything where nothing is asked for, and comes in parts, by day and then the dearest first', async () => {
    const summary = new UsageSummary(book.pool);
    expect((await summary.of({ tenantId: null }, [], { limit: 10, skip: 0 })).map(({ requests }) => requests)).toEqual([all.length]);
    const whole = await summary.of({ tenantId: null }, ['day', 'key'], { limit: 1_000, skip: 0 });
    expect([...(await summary.of({ tenantId: null }, ['day', 'key'], { limit: 5, skip: 0 })), ...(await summary.of({ tenantId: null }, ['day', 'key'], { limit: 1_000, skip: 5 }))]).toEqual(whole);
    const order = whole.map(({ of, costNanoUsd }) => [of.day, costNanoUsd] as const);
    expect(order).toEqual([...order].sort(([a, x], [b, y]) => ((a ?? '') < (b ?? '') ? -1 : (a ?? '') > (b ?? '') ? 1 : Number(y - x))));
  });

  it('is the same when everything was rolled up, and when nothing was', async () => {
    const before = await read({ tenantId: null }, ['day', 'model']);
    await rollUp();
    expect(await read({ tenantId: null }, ['day', 'model'])).toEqual(before);
    expect(Number((await book.rows<{ n: string }>('select count(*) as n from usage_hours_to_roll_up()'))[0]?.n)).toBe(0);
    await book.rows("update usage_rollups set through = '-infinity'");
    expect(await read({ tenantId: null }, ['day', 'model'])).toEqual(before);
  });
});
