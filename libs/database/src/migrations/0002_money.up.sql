-- The book: what each tenant has (accounts), what running calls may still take (holds), every movement (ledger_entries) and every call (usage_records).
-- Amounts are nano-USD. Gateways and workers change these tables only through the billing_* functions below, each of which locks the accounts that it
-- touches first and in the order of their ids: two calls cannot deadlock, and what one account sees is one thing after the other.
-- The rows of calls have no foreign keys: the lock on the account is the check, and costs nothing more.

-- `posted_nano` is the sum of the account's ledger entries (negative where a postpaid tenant owes), `held_nano` the sum of its open holds.
-- `moved_at` is never behind the account's newest ledger entry, so that entries keep their order when the clock is set back.
create table accounts (
  tenant_id      uuid primary key references tenants (id),
  prepaid        boolean not null,
  posted_nano    bigint not null default 0,
  held_nano      bigint not null default 0 constraint accounts_hold_nothing_below_zero check (held_nano >= 0),
  frozen_at      timestamptz,
  frozen_reason  text,
  moved_at       timestamptz not null default now(),
  constraint accounts_prepaid_are_never_overdrawn check (not prepaid or posted_nano - held_nano >= 0)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
create index accounts_frozen on accounts (tenant_id) where frozen_at is not null;

-- A tenant has an account from its first moment. Becoming prepaid is refused to a tenant that owes.
create function open_account() returns trigger language plpgsql as $$
begin
  insert into accounts (tenant_id, prepaid) values (new.id, new.billing = 'prepaid')
  on conflict (tenant_id) do update set prepaid = excluded.prepaid;
  return null;
end $$;
create trigger tenants_have_an_account after insert on tenants for each row execute function open_account();
create trigger tenants_change_billing after update of billing on tenants for each row when (old.billing is distinct from new.billing) execute function open_account();
insert into accounts (tenant_id, prepaid) select id, billing = 'prepaid' from tenants;

-- The running calls. No index but the key: rows live for seconds, the few that lapse are found by reading the table, and updates stay on their page.
-- `call` is who and what (an expiry writes the usage row from it), `price` what the deployment cost when the call began, `progress` its usage so far.
create table holds (
  request_id     uuid primary key,
  tenant_id      uuid not null,
  key_id         uuid,
  billing        text not null,
  charged        boolean not null,
  amount_nano    bigint not null,
  call           jsonb not null,
  price          jsonb,
  progress_nano  bigint not null default 0,
  progress       jsonb,
  expires_at     timestamptz not null,
  created_at     timestamptz not null default now()
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);

-- `balance_nano` is what the account had after the entry. Charges are negative. `id` is a UUIDv7 that grows within an account.
create table ledger_entries (
  id               uuid primary key,
  at               timestamptz not null,
  tenant_id        uuid not null,
  request_id       uuid,
  kind             text not null constraint ledger_entries_kind_is_known check (kind in ('usage', 'expired', 'correction', 'credit', 'adjustment')),
  amount_nano      bigint not null,
  balance_nano     bigint not null,
  idempotency_key  text,
  note             text,
  constraint ledger_entries_one_charge_per_request unique (request_id, kind)
);
create unique index ledger_entries_one_credit_per_idempotency_key on ledger_entries (tenant_id, idempotency_key) where idempotency_key is not null;
create index ledger_entries_of_a_tenant on ledger_entries (tenant_id, id);
create trigger ledger_entries_are_append_only before update or delete or truncate on ledger_entries for each statement execute function refuse_change();

-- One row per call. `started_at` is the moment inside `id`, so that the key of a partition is unique over all of them.
-- `cost_nano` is the price of the usage, `charged_nano` what the ledger took for it, `uncollected_nano` what a prepaid account could not give.
-- `settled` is false while the row is a lapsed hold's last known progress. `recorded_at` moves with every change: roll-ups look for late rows there.
create table usage_records (
  id                  uuid not null,
  started_at          timestamptz not null,
  channel             text not null,
  tenant_id           uuid not null,
  key_id              uuid,
  model               text not null,
  provider            text,
  upstream_model      text,
  dialect             text not null,
  stream              boolean not null,
  status              integer not null,
  error_code          text,
  attempts            integer not null,
  input_tokens        bigint not null,
  cached_input_tokens bigint not null,
  cache_write_tokens  bigint not null,
  output_tokens       bigint not null,
  reasoning_tokens    bigint not null,
  estimated           boolean not null,
  clamped             boolean not null,
  cost_nano           bigint not null,
  charged_nano        bigint not null,
  uncollected_nano    bigint not null,
  ttft_ms             real,
  duration_ms         real,
  overhead_ms         real,
  client_request_id   text,
  tags                jsonb not null,
  settled             boolean not null,
  recorded_at         timestamptz not null,
  primary key (started_at, id)
) partition by range (started_at);
create index usage_records_of_a_tenant on usage_records (tenant_id, started_at, id);
create index usage_records_of_a_key on usage_records (key_id, started_at, id);
-- Catches what no month was made for, so that a charge is never refused for want of a partition; ensure_usage_partitions() empties it again.
create table usage_records_default partition of usage_records default;

-- Makes the partitions of this month (UTC) and of `months_ahead` more, moving rows there that had to wait in the default one. Returns the names made.
create function ensure_usage_partitions(months_ahead integer default 2) returns setof text language plpgsql set timezone to 'UTC' as $$
declare
  v_month timestamptz;
  v_name  text;
begin
  perform pg_advisory_xact_lock(hashtext('ensure_usage_partitions'));
  for v_month in select generate_series(date_trunc('month', now()), date_trunc('month', now()) + make_interval(months => months_ahead), interval '1 month') loop
    v_name := to_char(v_month, '"usage_records_"YYYY_MM');
    continue when to_regclass(v_name) is not null;
    execute format('create table %I (like usage_records including defaults including constraints)', v_name);
    if exists (select from usage_records_default where started_at >= v_month and started_at < v_month + interval '1 month') then
      execute format('with moved as (delete from usage_records_default where started_at >= %1$L and started_at < %2$L returning *) insert into %3$I select * from moved',
        v_month, v_month + interval '1 month', v_name);
    end if;
    execute format('alter table usage_records attach partition %I for values from (%L) to (%L)', v_name, v_month, v_month + interval '1 month');
    return next v_name;
  end loop;
end $$;
select ensure_usage_partitions(1);

-- Where reconciliation may begin: the sum of an account's ledger up to an entry, once found right. The ledger is only ever added to, so it stays right.
create table account_checkpoints (
  tenant_id    uuid primary key,
  through_id   uuid not null,
  posted_nano  bigint not null,
  checked_at   timestamptz not null
);

-- The reaper's own memory, one row: a run that comes late has missed an outage.
create table reaper_state (
  only_row     boolean primary key default true constraint reaper_state_has_one_row check (only_row),
  ran_at       timestamptz,
  quiet_until  timestamptz not null default '-infinity'
);
insert into reaper_state default values;

-- The moment inside a UUIDv7.
create function uuidv7_time(p_id uuid) returns timestamptz language sql immutable strict parallel safe as $$
  select to_timestamp((('x' || substr(p_id::text, 1, 8) || substr(p_id::text, 10, 4))::bit(48)::bigint)::double precision / 1000)
$$;

-- The first 16 digits of a UUIDv7 of this microsecond. What follows them is written out where it is used, because a function would be planned anew
-- in every call: to_hex(32768 + place in the batch), which keeps an account's entries in order, and 12 digits of chance.
create function ledger_id_prefix(p_at timestamptz) returns text language plpgsql immutable strict as $$
declare
  v_us bigint := extract(epoch from p_at) * 1000000;
begin
  return lpad(to_hex(v_us / 1000), 12, '0') || '7' || lpad(to_hex(v_us % 1000 * 4096 / 1000), 3, '0');
end $$;

-- Locks accounts in order of id and returns the moment for their next ledger entries: later than any that they have.
-- Raises foreign_key_violation when one of them does not exist.
create function lock_accounts(p_tenants uuid[]) returns timestamptz language plpgsql set plan_cache_mode to force_generic_plan set enable_seqscan to off as $$
declare
  v_found integer;
  v_moved timestamptz;
begin
  select count(*), max(moved_at) into v_found, v_moved
  from (select moved_at from accounts where tenant_id = any (p_tenants) order by tenant_id for no key update) locked;
  if v_found < cardinality(p_tenants) then
    raise exception 'there is no account for one of %', p_tenants using errcode = 'foreign_key_violation';
  end if;
  return greatest(clock_timestamp(), v_moved + interval '1 microsecond');
end $$;

-- Places holds, in order of arrival. Returns one letter per row:
--   h  held (or was already)      b  the balance does not cover it
--   f  the account is frozen      n  there is no such account
-- A row is [request_id, tenant_id, key_id, billing, charged, amount_nano, call, price]. Only charged calls of prepaid accounts are ever refused for money;
-- a frozen account refuses prepaid calls, while the other ones, which did not wait, leave their trace.
create function billing_hold(p_rows jsonb, p_life interval default '120 s') returns text language plpgsql
  set plan_cache_mode to force_generic_plan set jit to off set enable_seqscan to off as $$
declare
  v_tenants  uuid[];
  v_payers   uuid[];
  v_awaited  boolean;
  v_refused  bigint[] := '{}';
  v_verdict  text;
  v_tight    record;
  v_row      record;
begin
  select array_agg(distinct (r ->> 1)::uuid), array_agg(distinct (r ->> 1)::uuid) filter (where (r ->> 5)::bigint > 0),
    coalesce(bool_or((r ->> 4)::boolean and r ->> 3 = 'prepaid'), false)
  into v_tenants, v_payers, v_awaited from jsonb_array_elements(p_rows) as e (r);

  -- Nobody waits for intents: what they are for, a crash of the gateway, does not need them on disk at once.
  if not v_awaited then
    perform set_config('synchronous_commit', 'off', true);
  end if;
  perform from accounts where tenant_id = any (v_payers) order by tenant_id for no key update;

  if v_awaited then
    for v_tight in
      with asked as materialized (
        select (r ->> 1)::uuid as tenant_id, sum((r ->> 5)::bigint) as nano from jsonb_array_elements(p_rows) as e (r)
        where (r ->> 4)::boolean and r ->> 3 = 'prepaid' group by 1
      ), books as materialized (
        select a.tenant_id, a.posted_nano - a.held_nano as available_nano from accounts a where a.tenant_id = any (v_payers) and a.prepaid and a.frozen_at is null
      )
      select tenant_id, available_nano from asked join books using (tenant_id) where nano > available_nano
    loop
      for v_row in
        select ord, (r ->> 5)::bigint as nano from jsonb_array_elements(p_rows) with ordinality as e (r, ord)
        where (r ->> 1)::uuid = v_tight.tenant_id and (r ->> 4)::boolean and r ->> 3 = 'prepaid' order by ord
      loop
        if v_row.nano > v_tight.available_nano then
          v_refused := v_refused || v_row.ord;
        else
          v_tight.available_nano := v_tight.available_nano - v_row.nano;
        end if;
      end loop;
    end loop;
  end if;

  with input as materialized (
    select ord, (r ->> 0)::uuid as request_id, (r ->> 1)::uuid as tenant_id, (r ->> 2)::uuid as key_id, r ->> 3 as billing, (r ->> 4)::boolean as charged,
      (r ->> 5)::bigint as amount_nano, r -> 6 as call, nullif(r -> 7, 'null') as price
    from jsonb_array_elements(p_rows) with ordinality as e (r, ord)
  ), books as materialized (
    select tenant_id, prepaid, frozen_at is not null as frozen from accounts where tenant_id = any (v_tenants)
  ), judged as materialized (
    select i.*, b.prepaid as from_prepaid, case
        when b.tenant_id is null then 'n'
        when b.frozen then 'f'
        when i.ord = any (v_refused) then 'b'
        else 'h' end as verdict
    from input i left join books b using (tenant_id)
  ), placed as (
    insert into holds (request_id, tenant_id, key_id, billing, charged, amount_nano, call, price, expires_at)
    select request_id, tenant_id, key_id, billing, charged,
      -- Of a prepaid account only a call that waited for its verdict may take money beforehand.
      case when charged and (billing = 'prepaid' or not from_prepaid) then amount_nano else 0 end,
      call, price, clock_timestamp() + p_life
    from judged where verdict = 'h' or (verdict = 'f' and not (charged and billing = 'prepaid'))
    on conflict (request_id) do nothing
    returning tenant_id, amount_nano
  ), moved as (
    update accounts a set held_nano = a.held_nano + p.nano
    from (select tenant_id, sum(amount_nano)::bigint as nano from placed group by tenant_id) p
    where a.tenant_id = any (v_tenants) and a.tenant_id = p.tenant_id and p.nano <> 0
  )
  select string_agg(verdict, '' order by ord) into v_verdict from judged;
  return v_verdict;
end $$;

-- Gives back holds that nobody waits for any more, and returns which: their caller was refused before the answer of billing_hold() came.
-- Leaves no usage row: nothing was called.
create function billing_void(p_requests uuid[]) returns setof uuid language plpgsql set plan_cache_mode to force_generic_plan set jit to off set enable_seqscan to off as $$
declare
  v_tenants uuid[];
begin
  select coalesce(array_agg(distinct tenant_id), '{}') into v_tenants from holds where request_id = any (p_requests);
  perform lock_accounts(v_tenants);
  return query with gone as (
    delete from holds where request_id = any (p_requests) and tenant_id = any (v_tenants) returning request_id, tenant_id, amount_nano
  ), moved as (
    update accounts a set held_nano = a.held_nano - g.nano from (select tenant_id, sum(amount_nano)::bigint as nano from gone group by tenant_id) g
    where a.tenant_id = any (v_tenants) and a.tenant_id = g.tenant_id and g.nano <> 0
  )
  select request_id from gone;
end $$;

-- Prolongs holds and notes what their calls have used. Waits for nobody: a hold that another call has locked is being settled or reaped.
-- A row is [request_id, progress_nano, [input, cached_input, cache_write, output, reasoning tokens, attempts]], the last two null where nothing is known yet. Returns the tenants whose accounts are frozen.
create function billing_progress(p_rows jsonb, p_life interval default '120 s') returns uuid[] language plpgsql
  set plan_cache_mode to force_generic_plan set jit to off set enable_seqscan to off as $$
declare
  v_requests uuid[];
begin
  perform set_config('synchronous_commit', 'off', true);
  select array_agg((r ->> 0)::uuid) into v_requests from jsonb_array_elements(p_rows) as e (r);
  with mine as materialized (
    select h.request_id from holds h where h.request_id = any (v_requests) for no key update skip locked
  ), input as materialized (
    select (r ->> 0)::uuid as request_id, (r ->> 1)::bigint as nano, nullif(r -> 2, 'null') as usage from jsonb_array_elements(p_rows) as e (r)
  )
  update holds h set expires_at = clock_timestamp() + p_life, progress_nano = coalesce(i.nano, h.progress_nano), progress = coalesce(i.usage, h.progress)
  from mine m join input i using (request_id) where h.request_id = m.request_id;
  return coalesce((select array_agg(tenant_id) from accounts where frozen_at is not null), '{}');
end $$;

-- Settles calls: the hold away, the usage row, the ledger row, the account. A call is settled once, however often its record comes.
-- A row is [version = 1, request_id, tenant_id, key_id, billing, charged, hold_nano, channel, model, provider, upstream_model, dialect, stream,
--   client_request_id, tags, status, error_code, attempts, input, cached_input, cache_write, output, reasoning tokens, estimated, clamped, cost_nano,
--   ttft_ms, duration_ms, overhead_ms].
-- Returns how many were recorded, how many corrected a lapsed hold, and what prepaid accounts could not give. The rest had been settled before.
-- Raises (and does nothing) when a row cannot be read, or names no account.
create function billing_settle(p_rows jsonb, out recorded integer, out corrected integer, out uncollected_nano bigint) language plpgsql
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
begin
  select array_agg(distinct (r ->> 2)::uuid), array_agg((r ->> 1)::uuid) into v_tenants, v_requests from jsonb_array_elements(p_rows) as e (r);
  if cardinality(v_requests) > 8000 then
    raise exception 'too many rows: %', cardinality(v_requests) using errcode = 'program_limit_exceeded';
  end if;
  v_at := lock_accounts(v_tenants);
  v_prefix := ledger_id_prefix(v_at);

  with input as materialized (
    select (r ->> 1)::uuid as id, (r ->> 2)::uuid as tenant_id, (r ->> 3)::uuid as key_id, r ->> 4 as billing, (r ->> 5)::boolean as charged,
      (r ->> 6)::bigint as hold_nano, r ->> 7 as channel, r ->> 8 as model, r ->> 9 as provider, r ->> 10 as upstream_model, r ->> 11 as dialect, (r ->> 12)::boolean as stream,
      r ->> 13 as client_request_id, r -> 14 as tags, (r ->> 15)::integer as status, r ->> 16 as error_code, (r ->> 17)::integer as attempts,
      (r ->> 18)::bigint as input_tokens, (r ->> 19)::bigint as cached_input_tokens, (r ->> 20)::bigint as cache_write_tokens,
      (r ->> 21)::bigint as output_tokens, (r ->> 22)::bigint as reasoning_tokens, (r ->> 23)::boolean as estimated, (r ->> 24)::boolean as clamped,
      (r ->> 25)::bigint as cost_nano, (r ->> 26)::real as ttft_ms, (r ->> 27)::real as duration_ms, (r ->> 28)::real as overhead_ms
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
      ttft_ms, duration_ms, overhead_ms, client_request_id, tags, settled, recorded_at)
    select id, uuidv7_time(id), channel, tenant_id, key_id, model, provider, upstream_model, dialect, stream, status, error_code, attempts,
      input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, estimated, clamped, cost_nano,
      charged_nano, case when charged then cost_nano - charged_nano else 0 end,
      ttft_ms, duration_ms, overhead_ms, client_request_id, tags, true, v_at
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
        ttft_ms, duration_ms, overhead_ms, client_request_id, tags, settled, recorded_at)
      select v_row.id, v_row.started_at, r ->> 7, v_row.tenant_id, (r ->> 3)::uuid, r ->> 8, r ->> 9, r ->> 10, r ->> 11, (r ->> 12)::boolean,
        (r ->> 15)::integer, r ->> 16, (r ->> 17)::integer, (r ->> 18)::bigint, (r ->> 19)::bigint, (r ->> 20)::bigint, (r ->> 21)::bigint, (r ->> 22)::bigint,
        (r ->> 23)::boolean, (r ->> 24)::boolean, v_row.cost_nano, v_row.taken_nano + v_delta, v_short,
        (r ->> 26)::real, (r ->> 27)::real, (r ->> 28)::real, r ->> 13, r -> 14, true, v_at
      from (select v_row.r as r) row_of
      on conflict (started_at, id) do update set
        provider = excluded.provider, upstream_model = excluded.upstream_model, status = excluded.status, error_code = excluded.error_code, attempts = excluded.attempts,
        input_tokens = excluded.input_tokens, cached_input_tokens = excluded.cached_input_tokens, cache_write_tokens = excluded.cache_write_tokens,
        output_tokens = excluded.output_tokens, reasoning_tokens = excluded.reasoning_tokens, estimated = excluded.estimated, clamped = excluded.clamped,
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

-- Ends holds that nobody prolonged: each becomes a usage row with its last progress and, where the call is charged, an `expired` ledger row (of 0 when
-- nothing was used). A hold whose call is recorded already, an intent that came after its own settle, is only given back.
-- Does nothing while another reaper works, for `p_grace` after Postgres started, and for `p_grace` after a run that came over 90 s after the one before:
-- an outage or a freeze kept the gateways from prolonging. A gateway that alone is cut off is not protected by waiting but by its settle: it corrects.
create function billing_reap(p_limit integer default 500, p_grace interval default '120 s', out lapsed integer, out returned integer, out waiting boolean)
  language plpgsql set plan_cache_mode to force_generic_plan set jit to off as $$
declare
  v_now      timestamptz := clock_timestamp();
  v_state    record;
  v_requests uuid[];
  v_tenants  uuid[];
  v_at       timestamptz;
  v_prefix   text;
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
      ttft_ms, duration_ms, overhead_ms, client_request_id, tags, settled, recorded_at)
    select request_id, uuidv7_time(request_id), call ->> 'channel', tenant_id, key_id, call ->> 'model', call ->> 'provider', call ->> 'upstream_model',
      call ->> 'dialect', (call ->> 'stream')::boolean, 500, 'EXPIRED', coalesce((progress ->> 5)::integer, 1),
      coalesce((progress ->> 0)::bigint, 0), coalesce((progress ->> 1)::bigint, 0), coalesce((progress ->> 2)::bigint, 0),
      coalesce((progress ->> 3)::bigint, 0), coalesce((progress ->> 4)::bigint, 0), true, false, progress_nano, charged_nano,
      case when charged then progress_nano - charged_nano else 0 end, null, null, null, call ->> 'client_request_id', coalesce(call -> 'tags', '{}'), false, v_at
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
  select (select count(*) from entered), (select count(*) from gone) - (select count(*) from entered) into lapsed, returned;
end $$;

-- Adds money once per idempotency key, and returns the entry, the first one when the key was used before: `fresh` tells them apart.
-- `adjustment` may be negative. Raises foreign_key_violation without an account, unique_violation when the key came with another amount or kind,
-- check_violation when a prepaid account would be overdrawn.
create function billing_credit(p_tenant uuid, p_amount_nano bigint, p_idempotency_key text, p_note text, p_kind text default 'credit')
  returns table (id uuid, at timestamptz, kind text, amount_nano bigint, balance_nano bigint, note text, fresh boolean) language plpgsql as $$
#variable_conflict use_column
declare
  v_at    timestamptz;
  v_first ledger_entries;
begin
  if p_kind not in ('credit', 'adjustment') or p_amount_nano = 0 or (p_kind = 'credit' and p_amount_nano < 0) then
    raise exception 'a % of % nano-USD is not possible', p_kind, p_amount_nano using errcode = 'invalid_parameter_value';
  end if;
  v_at := lock_accounts(array[p_tenant]);
  select * into v_first from ledger_entries l where l.tenant_id = p_tenant and l.idempotency_key = p_idempotency_key;
  if found then
    if v_first.amount_nano <> p_amount_nano or v_first.kind <> p_kind then
      raise exception 'the idempotency key was used for another amount' using errcode = 'unique_violation', constraint = 'ledger_entries_one_credit_per_idempotency_key';
    end if;
    return query select v_first.id, v_first.at, v_first.kind, v_first.amount_nano, v_first.balance_nano, v_first.note, false;
    return;
  end if;
  return query
    with moved as (
      update accounts a set posted_nano = a.posted_nano + p_amount_nano, moved_at = v_at where a.tenant_id = p_tenant returning a.posted_nano
    )
    insert into ledger_entries as l (id, at, tenant_id, kind, amount_nano, balance_nano, idempotency_key, note)
    select (ledger_id_prefix(v_at) || to_hex(32768) || right(gen_random_uuid()::text, 12))::uuid, v_at, p_tenant, p_kind, p_amount_nano, m.posted_nano, p_idempotency_key, p_note from moved m
    returning l.id, l.at, l.kind, l.amount_nano, l.balance_nano, l.note, true;
end $$;

-- Compares every account with its ledger and its holds, in one snapshot, and returns those that differ; changes no account. Begins at the checkpoints
-- unless `p_from_start`, and moves them where the book is right.
create function billing_check(p_from_start boolean default false)
  returns table (tenant_id uuid, posted_nano bigint, ledger_nano bigint, held_nano bigint, holds_nano bigint) language plpgsql set jit to off as $$
#variable_conflict use_column
begin
  perform pg_advisory_xact_lock(hashtext('billing_check'));
  return query
    with holds_of as materialized (
      select h.tenant_id, sum(h.amount_nano)::bigint as nano from holds h group by 1
    ), compared as materialized (
      select a.tenant_id, a.posted_nano, a.held_nano, coalesce(h.nano, 0) as holds_nano,
        (select e.id from ledger_entries e where e.tenant_id = a.tenant_id order by e.id desc limit 1) as last_id,
        (case when p_from_start then 0 else coalesce(c.posted_nano, 0) end + coalesce(l.nano, 0))::bigint as ledger_nano
      from accounts a
      left join holds_of h on h.tenant_id = a.tenant_id
      left join account_checkpoints c on c.tenant_id = a.tenant_id
      cross join lateral (
        select sum(e.amount_nano) as nano from ledger_entries e
        where e.tenant_id = a.tenant_id and e.id > coalesce(case when not p_from_start then c.through_id end, '00000000-0000-0000-0000-000000000000')
      ) l
    ), right_ones as (
      insert into account_checkpoints (tenant_id, through_id, posted_nano, checked_at)
      select tenant_id, last_id, ledger_nano, now() from compared where last_id is not null and ledger_nano = posted_nano
      on conflict (tenant_id) do update set through_id = excluded.through_id, posted_nano = excluded.posted_nano, checked_at = excluded.checked_at
    )
    select tenant_id, posted_nano, ledger_nano, held_nano, holds_nano from compared where posted_nano <> ledger_nano or held_nano <> holds_nano;
end $$;
