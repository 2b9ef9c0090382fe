-- What reading usage needs to stay fast: sums that know people and tags, and a way to the failed calls.

-- Sums by person (of the internal channel; a key's owner is looked up when they are read) and by tags, which come from keys and so add few rows.
alter table usage_hourly add column user_id uuid, add column tags jsonb not null default '{}';
alter table usage_daily add column user_id uuid, add column tags jsonb not null default '{}';
drop index usage_hourly_has_one_row_per_key;
drop index usage_daily_has_one_row_per_key;
create unique index usage_hourly_has_one_row_per_key on usage_hourly (hour, tenant_id, coalesce(key_id, '00000000-0000-0000-0000-000000000000'),
  coalesce(user_id, '00000000-0000-0000-0000-000000000000'), model, coalesce(provider, ''), md5(tags::text));
create unique index usage_daily_has_one_row_per_key on usage_daily (day, tenant_id, coalesce(key_id, '00000000-0000-0000-0000-000000000000'),
  coalesce(user_id, '00000000-0000-0000-0000-000000000000'), model, coalesce(provider, ''), md5(tags::text));

-- Where a model was called: with the hour, the way to its records.
create index usage_hourly_of_a_model on usage_hourly (model, hour);

-- Failed calls are few, and looked for: the successful ones pay nothing for these.
create index usage_records_that_failed on usage_records (tenant_id, started_at, id) where status >= 400;
create index usage_records_that_failed_anywhere on usage_records (started_at, id) where status >= 400;

create or replace function roll_up_usage_hour(p_hour timestamptz) returns integer language plpgsql set timezone to 'UTC' as $$
declare
  v_rows integer;
begin
  perform pg_advisory_xact_lock(hashtext('usage_hourly'), hashtext(p_hour::text));
  delete from usage_hourly where hour = p_hour;
  insert into usage_hourly (hour, tenant_id, key_id, user_id, model, provider, tags, requests, errors, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens,
    cost_nano, charged_nano, uncollected_nano, rolled_at)
  select p_hour, tenant_id, key_id, user_id, model, provider, tags, count(*), count(*) filter (where status >= 400), sum(input_tokens), sum(cached_input_tokens),
    sum(output_tokens), sum(reasoning_tokens), sum(cost_nano), sum(charged_nano), sum(uncollected_nano), clock_timestamp()
  from usage_records where started_at >= p_hour and started_at < p_hour + interval '1 hour'
  group by tenant_id, key_id, user_id, model, provider, tags;
  get diagnostics v_rows = row_count;
  return v_rows;
end $$;

create or replace function roll_up_usage_day(p_day date) returns integer language plpgsql set timezone to 'UTC' as $$
declare
  v_rows integer;
begin
  perform pg_advisory_xact_lock(hashtext('usage_daily'), hashtext(p_day::text));
  delete from usage_daily where day = p_day;
  insert into usage_daily (day, tenant_id, key_id, user_id, model, provider, tags, requests, errors, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens,
    cost_nano, charged_nano, uncollected_nano, rolled_at)
  select p_day, tenant_id, key_id, user_id, model, provider, tags, sum(requests), sum(errors), sum(input_tokens), sum(cached_input_tokens),
    sum(output_tokens), sum(reasoning_tokens), sum(cost_nano), sum(charged_nano), sum(uncollected_nano), clock_timestamp()
  from usage_hourly where hour >= p_day::timestamptz and hour < (p_day + 1)::timestamptz
  group by tenant_id, key_id, user_id, model, provider, tags;
  get diagnostics v_rows = row_count;
  return v_rows;
end $$;

-- What was rolled up before knows no tags: the next run makes it anew, and reading goes to the records until then.
update usage_rollups set through = '-infinity';

-- A member sees the calls of their own keys, and their own on the internal channel.
drop policy desk_sees_its_tenant on usage_records;
drop policy desk_sees_its_tenant on usage_hourly;
drop policy desk_sees_its_tenant on usage_daily;
select bind_to_tenant(name, 'select', 'tenant_id = (select desk_tenant())', '(key_id in (select id from api_keys) or user_id = (select desk_owner()))')
from unnest('{usage_records,usage_hourly,usage_daily}'::regclass[]) as t (name);
grant select on usage_rollups to ai_gateway_desk;
