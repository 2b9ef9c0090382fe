const DAYS = 90;
const TENANTS = 20;
const KEYS = 1_000;
const PEOPLE = 50;
const BATCH = 200_000;

/**
 * Fills a migrated database with calls in the order of their time, a partition to a month, and rolls them up as the worker does; one in five hundred comes after
 * the last run. One tenant has half of all calls; one model is asked for once in a hundred thousand times; one call in fifty fails.
 */
export async function makeUsage(db, rows, tell) {
  await db.query('set synchronous_commit to off');
  const [{ start }] = await db.query(`select date_trunc('hour', now(), 'UTC') - interval '${DAYS} days' as start`);
  await db.query(`insert into tenants (id, name, billing) select md5('t' || n)::uuid, 'tenant ' || n, 'postpaid' from generate_series(0, ${TENANTS - 1}) n`);
  await db.query(`insert into users (id, tenant_id, email, password_hash) select md5('p' || n)::uuid, md5('t' || n % ${TENANTS})::uuid, n || '@example.com', '' from generate_series(0, ${PEOPLE - 1}) n`);
  // The first half of the keys is of the first tenant; every tenth key has an owner.
  await db.query(`insert into api_keys (id, tenant_id, name, prefix, tags, owner_user_id)
    select md5('k' || n)::uuid, md5('t' || case when n < ${KEYS / 2} then 0 else n % ${TENANTS} end)::uuid, 'key ' || n, 'sk-', jsonb_build_object('team', 'team ' || n % 40),
      case when n % 10 = 0 and n >= ${KEYS / 2} then md5('p' || n % ${TENANTS})::uuid end
    from generate_series(0, ${KEYS - 1}) n`);
  await db.query(`do $$ declare v_month timestamptz; begin
    for v_month in select generate_series(date_trunc('month', '${start.toISOString()}'::timestamptz, 'UTC'), now() - interval '1 month', interval '1 month') loop
      execute format('create table if not exists %I partition of usage_records for values from (%L) to (%L)', to_char(v_month at time zone 'UTC', '"usage_records_"YYYY_MM'), v_month, v_month + interval '1 month');
    end loop; end $$`);
  for (let from = 0; from < rows; from += BATCH) {
    await db.query(INSERT, [from, Math.min(from + BATCH, rows) - 1, start, rows]);
    if ((from / BATCH) % 10 === 9) tell(`${(from + BATCH).toLocaleString('en')} calls made`);
  }
  await db.query("insert into ledger_entries (id, at, tenant_id, request_id, kind, amount_nano, balance_nano) select id, started_at, tenant_id, id, 'usage', -charged_nano, -charged_nano from usage_records where tenant_id = md5('t0')::uuid and charged_nano > 0 and started_at > now() - interval '30 days'");
  await db.query('vacuum analyze');
  await db.query("update usage_rollups set through = '-infinity'");
  const [{ done }] = await db.query("select count(roll_up_usage_hour(hour))::int as done from generate_series($1::timestamptz, now(), interval '1 hour') as hour", [start]);
  await db.query("select roll_up_usage_day(day::date) from generate_series($1::timestamptz, now(), interval '1 day') as day", [start]);
  tell(`${done} hours rolled up`);
  await db.query("update usage_rollups set through = clock_timestamp() + interval '10 minutes'");
  await db.query(`update usage_records set recorded_at = now() + interval '1 hour' where started_at >= (select started_at from usage_records order by started_at desc offset ${Math.round(rows / 500)} limit 1)`);
  await db.query('vacuum analyze');
  const [{ calls, size, hourly, daily }] = await db.query("select (select count(*) from usage_records)::int as calls, pg_size_pretty(pg_database_size(current_database())) as size, (select count(*) from usage_hourly)::int as hourly, (select count(*) from usage_daily)::int as daily");
  const [{ ids }] = await db.query("select jsonb_build_object('tenant', md5('t0')::uuid, 'small', md5('t7')::uuid, 'key', md5('k3')::uuid, 'person', md5('p10')::uuid) as ids");
  return { calls, size: `${size} on disk, ${hourly.toLocaleString('en')} hourly and ${daily.toLocaleString('en')} daily sums`, days: DAYS, tenants: TENANTS, keys: KEYS, start, ...ids };
}

/** `$1` to `$2` of `$4` calls, evenly over the days from `$3`. The id is a UUIDv7 of the moment. */
const INSERT = `
  insert into usage_records (id, started_at, channel, tenant_id, key_id, model, provider, upstream_model, dialect, stream, status, error_code, attempts, input_tokens, cached_input_tokens, cache_write_tokens,
    output_tokens, reasoning_tokens, estimated, clamped, cost_nano, charged_nano, uncollected_nano, ttft_ms, duration_ms, overhead_ms, client_request_id, tags, settled, recorded_at)
  select id, uuidv7_time(id), 'external', md5('t' || case when k < ${KEYS / 2} then 0 else k % ${TENANTS} end)::uuid, md5('k' || k)::uuid,
    case when n % 100000 = 77 then 'rare-model' else 'model-' || (k + h / 7 % 2) % 8 end, 'provider-' || k % 3, 'upstream', 'openai', h % 2 = 0,
    case when h % 50 = 0 then 429 + 73 * (h / 50 % 2) else 200 end, case when h % 50 = 0 then 'UPSTREAM_ERROR' end, 1, 500 + h % 1000, 0, 0, h % 700, 0, false, false, 1000 + h, 1000 + h, 0, 100, 900, 1, null,
    jsonb_build_object('team', 'team ' || k % 40), true, uuidv7_time(id) + interval '1 second'
  from (
    -- Few keys make most calls, and each has two models.
    select n, h, floor(${KEYS} * power(h % 100003 / 100003.0, 3))::int as k,
      (lpad(to_hex(ms / 65536), 8, '0') || lpad(to_hex(ms % 65536), 4, '0') || '7' || lpad(to_hex(n % 4096), 3, '0') || '8000' || lpad(to_hex(n), 12, '0'))::uuid as id
    from (
      select n, hashint8(n) & 1073741823 as h, (extract(epoch from $3::timestamptz) * 1000)::bigint + (n * (extract(epoch from now() - $3::timestamptz) * 1000)::bigint / $4::bigint) as ms
      from generate_series($1::bigint, $2::bigint) n
    ) made
  ) call`;
