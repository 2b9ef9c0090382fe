import { randomUUID } from 'node:crypto';
import { createDataSource } from '@higress/database';
import { freshDatabase, type FreshDatabase } from '@higress/testing';
import type { DataSource } from 'typeorm';
import { usageRollupDailyProcessor } from './usage-rollup-daily.processor';
import { usageRollupHourlyProcessor } from './usage-rollup-hourly.processor';

interface Call {
  readonly id: string;
  readonly startedAt: string;
  readonly keyId: string | null;
  readonly model: string;
  readonly provider: string | null;
  readonly status: number;
  readonly costNano: number;
  readonly uncollectedNano: number;
  readonly recordedAt: string;
}

describe('usage roll-ups', () => {
  const tenant = randomUUID();
  const key = randomUUID();
  let database: FreshDatabase;
  let db: DataSource;

  beforeAll(async () => {
    database = await freshDatabase();
    db = await createDataSource({ url: database.url, name: 'spec', poolSize: 3, statementTimeoutMs: 10_000 }).initialize();
  });
  afterAll(async () => {
    await db.destroy();
    await database.drop();
  });
  beforeEach(() => db.query(`truncate usage_records, usage_hourly, usage_daily; update usage_rollups set through = '-infinity'`));

  const record = (about: Partial<Call> = {}) => {
    const call: Call = { id: randomUUID(), startedAt: '2026-03-01T10:15:00Z', keyId: key, model: 'm', provider: 'p', status: 200, costNano: 1000, uncollectedNano: 0, recordedAt: 'now', ...about };
    return db.query(
      `insert into usage_records (id, started_at, channel, tenant_id, key_id, model, provider, dialect, stream, status, attempts, input_tokens, cached_input_tokens, cache_write_tokens,
         output_tokens, reasoning_tokens, estimated, clamped, cost_nano, charged_nano, uncollected_nano, tags, settled, recorded_at)
       values ($1, $2, 'external', $3, $4, $5, $6, 'openai', false, $7, 1, 10, 4, 0, 5, 2, false, false, $8::bigint, $8::bigint - $9::bigint, $9::bigint, '{}', true, $10)`,
      [call.id, call.startedAt, tenant, call.keyId, call.model, call.provider, call.status, call.costNano, call.uncollectedNano, call.recordedAt],
    );
  };
  const hourly = () => usageRollupHourlyProcessor(db).run({});
  const daily = () => usageRollupDailyProcessor(db).run({});
  const hours = () => db.query<Record<string, unknown>[]>(`select to_char(hour at time zone 'UTC', 'MM-DD HH24') as hour, key_id, model, provider, requests, errors, input_tokens, cost_nano, uncollected_nano from usage_hourly order by usage_hourly.hour, model, requests`);

  it('sum the calls of an hour by key, model and provider, where null is one of them', async () => {
    await record({ costNano: 1000 });
    await record({ status: 502, costNano: 500, uncollectedNano: 200, startedAt: '2026-03-01T10:59:59.999Z' });
    await record({ keyId: null, provider: null, status: 503 });
    await record({ keyId: null, provider: null, status: 404 });
    await record({ startedAt: '2026-03-01T11:00:00Z' });
    expect(await hourly()).toEqual({ hours: 2 });
    expect(await hours()).toEqual([
      { hour: '03-01 10', key_id: key, model: 'm', provider: 'p', requests: '2', errors: '1', input_tokens: '20', cost_nano: '1500', uncollected_nano: '200' },
      { hour: '03-01 10', key_id: null, model: 'm', provider: null, requests: '2', errors: '2', input_tokens: '20', cost_nano: '2000', uncollected_nano: '0' },
      { hour: '03-01 11', key_id: key, model: 'm', provider: 'p', requests: '1', errors: '0', input_tokens: '10', cost_nano: '1000', uncollected_nano: '0' },
    ]);
  });

  it('come out the same however often, and at once, a run is repeated', async () => {
    for (let i = 0; i < 5; i++) await record({ model: `m${i % 2}` });
    await Promise.all([hourly(), daily(), hourly(), daily()]);
    const first = await hours();
    await hourly();
    expect(await hours()).toEqual(first);
    expect(first.map((row) => row['requests'])).toEqual(['3', '2']);
    expect(await db.query('select sum(requests) as requests, count(*) as rows from usage_daily')).toEqual([{ requests: '5', rows: '2' }]);
  });

  it('take in a late call and a correction of an hour long gone, and leave the others alone', async () => {
    const lapsed = randomUUID();
    await record({ id: lapsed, costNano: 10, status: 500, startedAt: '2026-02-01T00:00:00Z', recordedAt: '2026-02-01T00:02:00Z' });
    await record({ startedAt: '2026-02-02T00:00:00Z', recordedAt: '2026-02-02T00:00:00Z' });
    await hourly();
    await db.query(`update usage_records set status = 200, cost_nano = 70, charged_nano = 70, model = 'other', recorded_at = now() where id = $1`, [lapsed]);
    await record({ startedAt: '2026-02-01T00:30:00Z', costNano: 5 });
    expect(await hourly()).toEqual({ hours: 1 });
    expect(await hours()).toMatchObject([
      { hour: '02-01 00', model: 'm', requests: '1', cost_nano: '5' },
      { hour: '02-01 00', model: 'other', requests: '1', errors: '0', cost_nano: '70' },
      { hour: '02-02 00', model: 'm', requests: '1' },
    ]);
  });

  it('see what was recorded before the last run and committed after it', async () => {
    await record({ startedAt: '2026-03-01T10:00:00Z' });
    await hourly();
    await record({ startedAt: '2026-03-01T12:00:00Z', recordedAt: new Date(Date.now() - 5 * 60_000).toISOString() });
    await hourly();
    expect((await hours()).map((row) => row['hour'])).toEqual(['03-01 10', '03-01 12']);
  });

  it('sum a UTC day from its hours, its first and its last instant included', async () => {
    for (const startedAt of ['2026-03-01T00:00:00Z', '2026-03-01T23:59:59.999Z', '2026-03-02T00:00:00Z']) await record({ startedAt, costNano: 3, uncollectedNano: 1 });
    expect(await daily()).toEqual({ hours: 3, days: 2 });
    expect(await db.query('select day::text, requests, cost_nano, charged_nano, uncollected_nano, output_tokens from usage_daily order by day')).toEqual([
      { day: '2026-03-01', requests: '2', cost_nano: '6', charged_nano: '4', uncollected_nano: '2', output_tokens: '10' },
      { day: '2026-03-02', requests: '1', cost_nano: '3', charged_nano: '2', uncollected_nano: '1', output_tokens: '5' },
    ]);
  });

  it('keep what they had when the records of an hour are gone', async () => {
    await record({ startedAt: '2026-01-05T10:00:00Z', recordedAt: '2026-01-05T10:00:00Z' });
    await daily();
    await db.query('truncate usage_records');
    await daily();
    expect(await db.query('select count(*) as rows from usage_daily')).toEqual([{ rows: '1' }]);
  });
});
