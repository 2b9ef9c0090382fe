-- Pictures and sound: what they cost, and what is counted of them.

-- Nano-USD per million tokens; `per_…` in nano-USD for each. Null: as text (`long_cache_write`: as `cache_write`), or not counted by it.
alter table prices
  add column long_cache_write bigint constraint prices_long_cache_write_is_not_negative check (long_cache_write >= 0),
  add column audio_input bigint constraint prices_audio_input_is_not_negative check (audio_input >= 0),
  add column audio_output bigint constraint prices_audio_output_is_not_negative check (audio_output >= 0),
  add column image_input bigint constraint prices_image_input_is_not_negative check (image_input >= 0),
  add column image_output bigint constraint prices_image_output_is_not_negative check (image_output >= 0),
  add column per_image bigint constraint prices_per_image_is_not_negative check (per_image >= 0),
  add column per_second bigint constraint prices_per_second_is_not_negative check (per_second >= 0),
  add column per_character bigint constraint prices_per_character_is_not_negative check (per_character >= 0);
alter table list_prices
  add column long_cache_write bigint constraint list_prices_long_cache_write_is_not_negative check (long_cache_write >= 0),
  add column audio_input bigint constraint list_prices_audio_input_is_not_negative check (audio_input >= 0),
  add column audio_output bigint constraint list_prices_audio_output_is_not_negative check (audio_output >= 0),
  add column image_input bigint constraint list_prices_image_input_is_not_negative check (image_input >= 0),
  add column image_output bigint constraint list_prices_image_output_is_not_negative check (image_output >= 0),
  add column per_character bigint constraint list_prices_per_character_is_not_negative check (per_character >= 0);

-- What is counted otherwise than in tokens, and of which there is any: `images`, `audioMs`, `characters`.
alter table usage_records add column units jsonb not null default '{}';

-- As before, and: a row may have a third element more, its units. The second is null where the call concerns no budget.
create or replace function billing_settle(p_rows jsonb, out recorded integer, out corrected integer, out uncollected_nano bigint) language plpgsql
  set plan_cache_mode to force_generic_plan set jit to off set enable_seqscan to off as $$
declare
  v_tenants   uuid[];
  v_requests  uuid[];
  v_at        timestamptz;
  v_prefix    text;
  v_recorded  uuid[];
  v_row       record;
  v_before    record;
  v_place     integer := 8192;
  v_budgeted  boolean;
begin
  select array_agg(distinct (r ->> 2)::uuid), array_agg((r ->> 1)::uuid), bool_or(r ->> 30 is not null) into v_tenants, v_requests, v_budgeted from jsonb_array_elements(p_rows) as e (r);
  if cardinality(v_requests) > 8000 then
    raise exception 'too many rows: %', cardinality(v_requests) using errcode = 'program_limit_exceeded';
  end if;
  v_at := lock_accounts(v_tenants);
  v_prefix := ledger_id_prefix(v_at);
  if v_budgeted then
    perform billing_end_budgets((
      select jsonb_agg(jsonb_build_array(id, nano, tokens, requests, false)) from (
        select distinct on (r ->> 1) r -> 1 as id, r -> 25 as nano, (r ->> 18)::bigint + (r ->> 21)::bigint as tokens, r -> 30 as requests
        from jsonb_array_elements(p_rows) with ordinality as e (r, ord) where r ->> 30 is not null order by r ->> 1, ord
      ) ended));
  end if;

  with input as materialized (
    select (r ->> 1)::uuid as id, (r ->> 2)::uuid as tenant_id, (r ->> 3)::uuid as key_id, r ->> 4 as billing, (r ->> 5)::boolean as charged,
      (r ->> 6)::bigint as hold_nano, r ->> 7 as channel, r ->> 8 as model, r ->> 9 as provider, r ->> 10 as upstream_model, r ->> 11 as dialect, (r ->> 12)::boolean as stream,
      r ->> 13 as client_request_id, r -> 14 as tags, (r ->> 15)::integer as status, r ->> 16 as error_code, (r ->> 17)::integer as attempts,
      (r ->> 18)::bigint as input_tokens, (r ->> 19)::bigint as cached_input_tokens, (r ->> 20)::bigint as cache_write_tokens,
      (r ->> 21)::bigint as output_tokens, (r ->> 22)::bigint as reasoning_tokens, (r ->> 23)::boolean as estimated, (r ->> 24)::boolean as clamped,
      (r ->> 25)::bigint as cost_nano, (r ->> 26)::real as ttft_ms, (r ->> 27)::real as duration_ms, (r ->> 28)::real as overhead_ms,
      (r ->> 29)::uuid as user_id, coalesce(r -> 31, '{}') as units
    from jsonb_array_elements(p_rows) as e (r)
  ), books as materialized (
    select tenant_id, prepaid, posted_nano from accounts where tenant_id = any (v_tenants)
  ), gone as (
    delete from holds where request_id = any (v_requests) and tenant_id = any (v_tenants) returning request_id, tenant_id, amount_nano
  ), judged as (
    select i.*, b.prepaid, case when not i.charged then 0 when i.billing = 'prepaid' then least(i.cost_nano, coalesce(g.amount_nano, i.hold_nano)) else i.cost_nano end as charged_nano
    from input i join books b using (tenant_id) left join gone g on g.request_id = i.id
    -- Where a prepaid account pays what no hold has set aside, the order matters: see below.
    where not i.charged or i.cost_nano = 0 or not b.prepaid or (g.request_id is not null and i.billing = 'prepaid')
  ), entered as (
    insert into usage_records (id, started_at, channel, tenant_id, key_id, model, provider, upstream_model, dialect, stream, status, error_code, attempts,
      input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, estimated, clamped, cost_nano, charged_nano, uncollected_nano,
      ttft_ms, duration_ms, overhead_ms, client_request_id, tags, settled, recorded_at, user_id, units)
    select id, uuidv7_time(id), channel, tenant_id, key_id, model, provider, upstream_model, dialect, stream, status, error_code, attempts,
      input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, estimated, clamped, cost_nano,
      charged_nano, case when charged then cost_nano - charged_nano else 0 end,
      ttft_ms, duration_ms, overhead_ms, client_request_id, tags, true, v_at, user_id, units
    from judged
    on conflict (started_at, id) do nothing
    returning usage_records.id, usage_records.tenant_id, usage_records.charged_nano, usage_records.uncollected_nano
  ), booked as (
    insert into ledger_entries (id, at, tenant_id, request_id, kind, amount_nano, balance_nano)
    select (v_prefix || to_hex(32768 + row_number() over w) || right(gen_random_uuid()::text, 12))::uuid, v_at, tenant_id, e.id, 'usage', -charged_nano, b.posted_nano - sum(charged_nano) over w
    from entered e join books b using (tenant_id) where charged_nano > 0
    window w as (partition by tenant_id order by e.id)
  ), moved as (
    update accounts a set posted_nano = a.posted_nano - m.charged, held_nano = a.held_nano - m.released, moved_at = v_at
    from (
      select tenant_id, sum(charged)::bigint as charged, sum(released)::bigint as released from (
        select tenant_id, charged_nano as charged, 0 as released from entered union all select tenant_id, 0, amount_nano from gone
      ) movement group by tenant_id
    ) m
    where a.tenant_id = any (v_tenants) and a.tenant_id = m.tenant_id and (m.charged <> 0 or m.released <> 0)
  )
  select array_agg(e.id), count(*), coalesce(sum(e.uncollected_nano), 0) into v_recorded, recorded, uncollected_nano from entered e;
  corrected := 0;
  if recorded = cardinality(v_requests) then
    return;
  end if;

  -- What is left, one by one: records that came before (nothing to do), that come after their hold lapsed (a correction), or that a prepaid account
  -- must pay without a hold, because it vanished or was only an intent (at most what is available).
  for v_row in
    select i.*, u.id is not null as lapsed, coalesce(u.charged_nano, 0) as taken_nano, uuidv7_time(i.id) as started_at
    from (
      select distinct on (r ->> 1) ord, r, (r ->> 1)::uuid as id, (r ->> 2)::uuid as tenant_id, (r ->> 5)::boolean as charged, (r ->> 25)::bigint as cost_nano,
        case when r ->> 4 = 'prepaid' then least((r ->> 25)::bigint, (r ->> 6)::bigint) else (r ->> 25)::bigint end as due_nano
      from jsonb_array_elements(p_rows) with ordinality as e (r, ord)
      where (r ->> 1)::uuid <> all (coalesce(v_recorded, '{}'))
      order by r ->> 1, ord
    ) i
    left join usage_records u on u.started_at = uuidv7_time(i.id) and u.id = i.id
    where u.settled is not true
    order by i.ord
  loop
    select a.prepaid, a.posted_nano, a.posted_nano - a.held_nano as available_nano into v_before from accounts a where a.tenant_id = v_row.tenant_id;
    declare
      v_delta bigint := case when v_row.charged then v_row.due_nano else 0 end - v_row.taken_nano;
      v_short bigint;
    begin
      if v_before.prepaid then
        v_delta := least(v_delta, v_before.available_nano);
      end if;
      v_short := case when v_row.charged then v_row.cost_nano - v_row.taken_nano - v_delta else 0 end;
      insert into usage_records as u (id, started_at, channel, tenant_id, key_id, model, provider, upstream_model, dialect, stream, status, error_code, attempts,
        input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, estimated, clamped, cost_nano, charged_nano, uncollected_nano,
        ttft_ms, duration_ms, overhead_ms, client_request_id, tags, settled, recorded_at, user_id, units)
      select v_row.id, v_row.started_at, r ->> 7, v_row.tenant_id, (r ->> 3)::uuid, r ->> 8, r ->> 9, r ->> 10, r ->> 11, (r ->> 12)::boolean,
        (r ->> 15)::integer, r ->> 16, (r ->> 17)::integer, (r ->> 18)::bigint, (r ->> 19)::bigint, (r ->> 20)::bigint, (r ->> 21)::bigint, (r ->> 22)::bigint,
        (r ->> 23)::boolean, (r ->> 24)::boolean, v_row.cost_nano, v_row.taken_nano + v_delta, v_short,
        (r ->> 26)::real, (r ->> 27)::real, (r ->> 28)::real, r ->> 13, r -> 14, true, v_at, (r ->> 29)::uuid, coalesce(r -> 31, '{}')
      from (select v_row.r as r) row_of
      on conflict (started_at, id) do update set
        provider = excluded.provider, upstream_model = excluded.upstream_model, status = excluded.status, error_code = excluded.error_code, attempts = excluded.attempts,
        input_tokens = excluded.input_tokens, cached_input_tokens = excluded.cached_input_tokens, cache_write_tokens = excluded.cache_write_tokens,
        output_tokens = excluded.output_tokens, reasoning_tokens = excluded.reasoning_tokens, units = excluded.units, estimated = excluded.estimated, clamped = excluded.clamped,
        cost_nano = excluded.cost_nano, charged_nano = excluded.charged_nano, uncollected_nano = excluded.uncollected_nano,
        ttft_ms = excluded.ttft_ms, duration_ms = excluded.duration_ms, overhead_ms = excluded.overhead_ms, settled = true, recorded_at = excluded.recorded_at;
      if v_delta <> 0 then
        v_place := v_place + 1;
        insert into ledger_entries (id, at, tenant_id, request_id, kind, amount_nano, balance_nano)
        values ((v_prefix || to_hex(32768 + v_place) || right(gen_random_uuid()::text, 12))::uuid, v_at, v_row.tenant_id, v_row.id, case when v_row.lapsed then 'correction' else 'usage' end, -v_delta, v_before.posted_nano - v_delta);
        update accounts set posted_nano = posted_nano - v_delta, moved_at = v_at where tenant_id = v_row.tenant_id;
      end if;
      recorded := recorded + (not v_row.lapsed)::integer;
      corrected := corrected + v_row.lapsed::integer;
      uncollected_nano := uncollected_nano + v_short;
    end;
  end loop;
end $$;

-- As before, and: progress may have a seventh element, the units.
create or replace function billing_reap(p_limit integer default 500, p_grace interval default '120 s', out lapsed integer, out returned integer, out waiting boolean)
  language plpgsql set plan_cache_mode to force_generic_plan set jit to off as $$
declare
  v_now      timestamptz := clock_timestamp();
  v_state    record;
  v_requests uuid[];
  v_tenants  uuid[];
  v_at       timestamptz;
  v_prefix   text;
  v_ends     jsonb;
begin
  lapsed := 0;
  returned := 0;
  waiting := true;
  select ran_at, quiet_until into v_state from reaper_state for update skip locked;
  if not found then
    return;
  end if;
  if v_state.ran_at < v_now - interval '90 s' then
    v_state.quiet_until := v_now + p_grace;
  end if;
  update reaper_state set ran_at = v_now, quiet_until = v_state.quiet_until;
  if v_state.quiet_until > v_now or pg_postmaster_start_time() + p_grace > v_now then
    return;
  end if;
  waiting := false;

  select array_agg(request_id), array_agg(distinct tenant_id) into v_requests, v_tenants
  from (select request_id, tenant_id from holds where expires_at < v_now order by expires_at limit p_limit) overdue;
  if v_requests is null then
    return;
  end if;
  v_at := lock_accounts(v_tenants);
  v_prefix := ledger_id_prefix(v_at);

  with gone as (
    delete from holds where request_id = any (v_requests) and expires_at < v_now
    returning *, case when not charged then 0 when billing = 'prepaid' then least(progress_nano, amount_nano) else progress_nano end as due_nano
  ), books as materialized (
    select tenant_id, prepaid, posted_nano from accounts where tenant_id = any (v_tenants)
  ), judged as (
    -- An account that became prepaid while a postpaid call ran: what it has not set aside is not taken by a guess; a settle may still do it.
    select g.*, case when b.prepaid then least(due_nano, amount_nano) else due_nano end as charged_nano from gone g join books b using (tenant_id)
  ), entered as (
    insert into usage_records (id, started_at, channel, tenant_id, key_id, model, provider, upstream_model, dialect, stream, status, error_code, attempts,
      input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, estimated, clamped, cost_nano, charged_nano, uncollected_nano,
      ttft_ms, duration_ms, overhead_ms, client_request_id, tags, settled, recorded_at, user_id, units)
    select request_id, uuidv7_time(request_id), call ->> 'channel', tenant_id, key_id, call ->> 'model', call ->> 'provider', call ->> 'upstream_model',
      call ->> 'dialect', (call ->> 'stream')::boolean, 500, 'EXPIRED', coalesce((progress ->> 5)::integer, 1),
      coalesce((progress ->> 0)::bigint, 0), coalesce((progress ->> 1)::bigint, 0), coalesce((progress ->> 2)::bigint, 0),
      coalesce((progress ->> 3)::bigint, 0), coalesce((progress ->> 4)::bigint, 0), true, false, progress_nano, charged_nano,
      case when charged then progress_nano - charged_nano else 0 end, null, null, null, call ->> 'client_request_id', coalesce(call -> 'tags', '{}'), false, v_at, (call ->> 'user_id')::uuid, coalesce(progress -> 6, '{}')
    from judged
    on conflict (started_at, id) do nothing
    returning usage_records.id, usage_records.tenant_id, usage_records.charged_nano
  ), booked as (
    insert into ledger_entries (id, at, tenant_id, request_id, kind, amount_nano, balance_nano)
    select (v_prefix || to_hex(32768 + row_number() over w) || right(gen_random_uuid()::text, 12))::uuid, v_at, e.tenant_id, e.id, 'expired', -e.charged_nano, b.posted_nano - sum(e.charged_nano) over w
    from entered e join gone g on g.request_id = e.id and g.charged join books b on b.tenant_id = e.tenant_id
    window w as (partition by e.tenant_id order by e.id)
  ), moved as (
    update accounts a set posted_nano = a.posted_nano - m.charged, held_nano = a.held_nano - m.released, moved_at = v_at
    from (
      select tenant_id, sum(charged)::bigint as charged, sum(released)::bigint as released from (
        select tenant_id, charged_nano as charged, 0 as released from entered union all select tenant_id, 0, amount_nano from gone
      ) movement group by tenant_id
    ) m
    where a.tenant_id = any (v_tenants) and a.tenant_id = m.tenant_id
  )
  select (select count(*) from entered), (select count(*) from gone) - (select count(*) from entered),
    (
      -- What a call has used so far is spent; one that is recorded already has been counted when it was.
      select jsonb_agg(case when e.id is null then jsonb_build_array(g.request_id, 0, 0, 0, false) else
        jsonb_build_array(g.request_id, progress_nano, coalesce((progress ->> 0)::bigint + (progress ->> 3)::bigint, 0), (progress is not null)::integer, true) end)
      from gone g left join entered e on e.id = g.request_id
    )
  into lapsed, returned, v_ends;
  perform billing_end_budgets(v_ends);
end $$;
