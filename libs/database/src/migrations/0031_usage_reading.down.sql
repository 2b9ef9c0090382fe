drop policy desk_sees_its_tenant on usage_records;
drop policy desk_sees_its_tenant on usage_hourly;
drop policy desk_sees_its_tenant on usage_daily;
select bind_to_tenant(name, 'select', 'tenant_id = (select desk_tenant())', 'key_id in (select id from api_keys)')
from unnest('{usage_records,usage_hourly,usage_daily}'::regclass[]) as t (name);

drop index usage_records_that_failed_anywhere;
drop index usage_records_that_failed;
drop index usage_hourly_of_a_model;

-- Sums without people and tags would have one key for several rows: they are made anew.
truncate usage_hourly, usage_daily;
update usage_rollups set through = '-infinity';
alter table usage_hourly drop column user_id, drop column tags;
alter table usage_daily drop column user_id, drop column tags;
create unique index usage_hourly_has_one_row_per_key on usage_hourly
  (hour, tenant_id, coalesce(key_id, '00000000-0000-0000-0000-000000000000'), model, coalesce(provider, ''));
create unique index usage_daily_has_one_row_per_key on usage_daily
  (day, tenant_id, coalesce(key_id, '00000000-0000-0000-0000-000000000000'), model, coalesce(provider, ''));

create or replace function roll_up_usage_hour(p_hour timestamptz) returns integer language plpgsql set timezone to 'UTC' as $$
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

create or replace function roll_up_usage_day(p_day date) returns integer language plpgsql set timezone to 'UTC' as $$
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
