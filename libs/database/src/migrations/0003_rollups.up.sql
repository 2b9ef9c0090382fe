-- Sums of usage_records, by UTC hour and UTC day, so that a year of spend is read from thousands of rows and not from millions.
-- A roll-up is never added to: the sums of an hour are made anew from its records whenever one of them came, late or corrected. So a run may be
-- repeated, and two may run at once, without counting anything twice.

-- Finds the late ones. BRIN: `recorded_at` grows with the table, so this costs a settle nothing.
create index usage_records_by_recording on usage_records using brin (recorded_at) with (pages_per_range = 32, autosummarize = on);

-- `errors` are the calls answered with a status of 400 or more. `cost_nano`, `charged_nano` and `uncollected_nano` as in usage_records.
create table usage_hourly (
  hour                 timestamptz not null,
  tenant_id            uuid not null,
  key_id               uuid,
  model                text not null,
  provider             text,
  requests             bigint not null,
  errors               bigint not null,
  input_tokens         bigint not null,
  cached_input_tokens  bigint not null,
  output_tokens        bigint not null,
  reasoning_tokens     bigint not null,
  cost_nano            bigint not null,
  charged_nano         bigint not null,
  uncollected_nano     bigint not null,
  rolled_at            timestamptz not null
);
-- Null is a value here: the internal channel has no key, and a call that no provider took has no provider.
create unique index usage_hourly_has_one_row_per_key on usage_hourly
  (hour, tenant_id, coalesce(key_id, '00000000-0000-0000-0000-000000000000'), model, coalesce(provider, ''));
create index usage_hourly_of_a_tenant on usage_hourly (tenant_id, hour);
create index usage_hourly_by_rolling on usage_hourly (rolled_at);

create table usage_daily (
  day                  date not null,
  tenant_id            uuid not null,
  key_id               uuid,
  model                text not null,
  provider             text,
  requests             bigint not null,
  errors               bigint not null,
  input_tokens         bigint not null,
  cached_input_tokens  bigint not null,
  output_tokens        bigint not null,
  reasoning_tokens     bigint not null,
  cost_nano            bigint not null,
  charged_nano         bigint not null,
  uncollected_nano     bigint not null,
  rolled_at            timestamptz not null
);
create unique index usage_daily_has_one_row_per_key on usage_daily
  (day, tenant_id, coalesce(key_id, '00000000-0000-0000-0000-000000000000'), model, coalesce(provider, ''));
create index usage_daily_of_a_tenant on usage_daily (tenant_id, day);

-- How far each roll-up has looked: everything recorded before `through` is in it.
create table usage_rollups (
  name     text primary key,
  through  timestamptz not null default '-infinity'
);
insert into usage_rollups (name) values ('hourly'), ('daily');

-- The UTC hours in which something was recorded since the last run, in order. Looks `p_overlap` further back than that: what was recorded then
-- may have been committed only afterwards.
create function usage_hours_to_roll_up(p_overlap interval default '10 minutes') returns setof timestamptz language sql stable set timezone to 'UTC' as $$
  select distinct date_trunc('hour', started_at) as hour from usage_records
  where recorded_at >= (select through - p_overlap from usage_rollups where name = 'hourly') order by hour
$$;

-- The UTC days whose hours were rolled up since the last run, in order.
create function usage_days_to_roll_up(p_overlap interval default '10 minutes') returns setof date language sql stable set timezone to 'UTC' as $$
  select distinct hour::date as day from usage_hourly
  where rolled_at >= (select through - p_overlap from usage_rollups where name = 'daily') order by day
$$;

-- Makes the sums of one UTC hour anew and returns how many there are. Readers see the old ones until it commits; a second call waits for the first.
create function roll_up_usage_hour(p_hour timestamptz) returns integer language plpgsql set timezone to 'UTC' as $$
declare
  v_rows integer;
begin
  perform pg_advisory_xact_lock(hashtext('usage_hourly'), hashtext(p_hour::text));
  delete from usage_hourly where hour = p_hour;
  insert into usage_hourly (hour, tenant_id, key_id, model, provider, requests, errors, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens,
    cost_nano, charged_nano, uncollected_nano, rolled_at)
  select p_hour, tenant_id, key_id, model, provider, count(*), count(*) filter (where status >= 400), sum(input_tokens), sum(cached_input_tokens),
    sum(output_tokens), sum(reasoning_tokens), sum(cost_nano), sum(charged_nano), sum(uncollected_nano), clock_timestamp()
  from usage_records where started_at >= p_hour and started_at < p_hour + interval '1 hour'
  group by tenant_id, key_id, model, provider;
  get diagnostics v_rows = row_count;
  return v_rows;
end $$;

-- The same for one UTC day, from its hours.
create function roll_up_usage_day(p_day date) returns integer language plpgsql set timezone to 'UTC' as $$
declare
  v_rows integer;
begin
  perform pg_advisory_xact_lock(hashtext('usage_daily'), hashtext(p_day::text));
  delete from usage_daily where day = p_day;
  insert into usage_daily (day, tenant_id, key_id, model, provider, requests, errors, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens,
    cost_nano, charged_nano, uncollected_nano, rolled_at)
  select p_day, tenant_id, key_id, model, provider, sum(requests), sum(errors), sum(input_tokens), sum(cached_input_tokens),
    sum(output_tokens), sum(reasoning_tokens), sum(cost_nano), sum(charged_nano), sum(uncollected_nano), clock_timestamp()
  from usage_hourly where hour >= p_day::timestamptz and hour < (p_day + 1)::timestamptz
  group by tenant_id, key_id, model, provider;
  get diagnostics v_rows = row_count;
  return v_rows;
end $$;
