-- Budgets: how much a tenant or a key may spend in a period. Held and settled in the same calls as money, so that parallel calls never spend more than there is.
-- The functions lock accounts first and budgets after them, each in the order of their ids. What no budget concerns pays a comparison of lengths for all this.

-- When the period begins that `p_at` lies in, in UTC: midnight, Monday, the first of the month, or ever.
create function budget_period_start(p_period text, p_at timestamptz) returns timestamptz language sql stable parallel safe as $$
  select case p_period when 'daily' then date_trunc('day', p_at, 'UTC') when 'weekly' then date_trunc('week', p_at, 'UTC') when 'monthly' then date_trunc('month', p_at, 'UTC') else '-infinity' end
$$;

-- `cap`, `spent` and `held` are nano-USD, tokens or requests. `spent` is what settled calls have used of the period that began at `period_start`, `held` what
-- running ones may still use. A row whose period is over stands for nothing spent: the next call that it concerns turns it, and nobody has to be in time.
create table budgets (
  id            uuid primary key,
  tenant_id     uuid not null references tenants (id),
  key_id        uuid references api_keys (id) on delete cascade,
  -- Whose it is: the key's, or where there is none the tenant's.
  owner_id      uuid not null constraint budgets_have_one_owner check (owner_id = coalesce(key_id, tenant_id)),
  period        text not null constraint budgets_period_is_known check (period in ('daily', 'weekly', 'monthly', 'total')),
  unit          text not null constraint budgets_unit_is_known check (unit in ('usd', 'tokens', 'requests')),
  cap           bigint not null constraint budgets_cap_is_not_negative check (cap >= 0),
  spent         bigint not null default 0,
  held          bigint not null default 0 constraint budgets_hold_nothing_below_zero check (held >= 0),
  period_start  timestamptz not null,
  managed_by    text not null default 'api' constraint budgets_managed_by_is_known check (managed_by in ('api', 'file')),
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now(),
  constraint budgets_are_named_once unique (owner_id, period, unit)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
create index budgets_of_a_tenant on budgets (tenant_id);
select bind_to_tenant('budgets', 'select, insert, update, delete', 'tenant_id = (select desk_tenant())', 'key_id in (select id from api_keys)');

-- What one call has taken from one budget: `amount` while it runs. A call that lapsed leaves its row with what was `counted` for it, so that its late settle
-- corrects the budget by the difference. Both belong to the period in which the call began: what is left of a period that is over moves nothing any more.
create table budget_holds (
  request_id    uuid not null,
  budget_id     uuid not null,
  period_start  timestamptz not null,
  amount        bigint not null,
  counted       bigint not null default 0,
  held_at       timestamptz not null default now(),
  primary key (request_id, budget_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);

-- Makes these the only budgets of a tenant, or of a key where `p_key` is given: [[period, unit, cap], …]. One that was there keeps what is spent and held of it,
-- a new one begins with nothing. Returns whether anything was changed. Whoever locks accounts in the same transaction does that first.
create function replace_budgets(p_tenant uuid, p_key uuid, p_wanted jsonb, p_managed_by text default 'api') returns boolean language plpgsql as $$
declare
  v_owner   uuid := coalesce(p_key, p_tenant);
  v_gone    integer;
  v_changed integer;
begin
  perform from budgets where owner_id = v_owner order by id for update;
  delete from budgets b where b.owner_id = v_owner and not exists (select from jsonb_array_elements(p_wanted) as e (w) where w ->> 0 = b.period and w ->> 1 = b.unit);
  get diagnostics v_gone = row_count;
  insert into budgets as b (id, tenant_id, key_id, owner_id, period, unit, cap, period_start, managed_by)
  select gen_random_uuid(), p_tenant, p_key, v_owner, w ->> 0, w ->> 1, (w ->> 2)::bigint, budget_period_start(w ->> 0, clock_timestamp()), p_managed_by from jsonb_array_elements(p_wanted) as e (w)
  on conflict (owner_id, period, unit) do update set cap = excluded.cap, managed_by = excluded.managed_by, updated_at = now()
    where b.cap <> excluded.cap or b.managed_by <> excluded.managed_by;
  get diagnostics v_changed = row_count;
  return v_gone + v_changed > 0;
end $$;

-- Whose call it was where no key made it: a person's on the internal channel.
alter table usage_records add column user_id uuid;

-- Locks the budgets that the rows concern, turns those whose period is over, and finds the rows that exceed what is left of a budget or, for prepaid calls,
-- of the balance: in order of arrival, and a refused row takes nothing from anybody. Rows as in billing_hold(). Returns the locked budgets, and for each
-- refused row its place and a letter: `b` for the balance, else the budget's from A to X: (0 a key's, 12 a tenant's) + (0 usd, 4 tokens, 8 requests)
-- + (0 daily, 1 weekly, 2 monthly, 3 total).
create function billing_weigh(p_rows jsonb, p_payers uuid[], out budgets uuid[], out refused bigint[], out letters text[]) language plpgsql
  set plan_cache_mode to force_generic_plan set jit to off set enable_seqscan to off as $$
#variable_conflict use_column
declare
  v_owners  uuid[];
  v_now     timestamptz;
  v_left    jsonb := '{}';
  v_letter  text;
  v_row     record;
begin
  select array_agg(distinct owner_id) into v_owners
  from jsonb_array_elements(p_rows) as e (r), lateral (values ((r ->> 1)::uuid), ((r ->> 2)::uuid)) as w (owner_id) where jsonb_array_length(r) > 8 and owner_id is not null;
  select coalesce(array_agg(id), '{}') into budgets from (select id from budgets where owner_id = any (v_owners) order by id for no key update) locked;
  v_now := clock_timestamp();
  -- Never back: a clock that is set back must not give a period twice.
  update budgets b set spent = 0, held = 0, period_start = budget_period_start(b.period, v_now)
  where b.id = any (billing_weigh.budgets) and b.period_start < budget_period_start(b.period, v_now);

  refused := '{}';
  letters := '{}';
  for v_row in
    with input as materialized (
      select ord, (r ->> 1)::uuid as tenant_id, (r ->> 2)::uuid as key_id, (r ->> 5)::bigint as nano, (r ->> 4)::boolean and r ->> 3 = 'prepaid' as pays, r -> 8 as asks
      from jsonb_array_elements(p_rows) with ordinality as e (r, ord)
      join accounts a on a.tenant_id = (r ->> 1)::uuid and a.frozen_at is null
    ), demands as materialized (
      select ord, tenant_id as holder, nano, 'b' as letter from input where pays
      union all
      select i.ord, b.id, case b.unit when 'usd' then (i.asks ->> 0)::bigint when 'tokens' then (i.asks ->> 1)::bigint else 1 end,
        chr(65 + case when b.key_id is null then 12 else 0 end + 4 * (array_position('{usd,tokens,requests}'::text[], b.unit) - 1)
          + array_position('{daily,weekly,monthly,total}'::text[], b.period) - 1)
      from input i join budgets b on b.id = any (billing_weigh.budgets) and b.owner_id in (i.tenant_id, i.key_id) where i.asks is not null
    ), stocks as materialized (
      select a.tenant_id as holder, a.posted_nano - a.held_nano as nano from accounts a where a.tenant_id = any (p_payers) and a.prepaid and a.frozen_at is null
      union all
      select id, cap - spent - held from budgets where id = any (billing_weigh.budgets)
    ), tight as materialized (
      select holder, s.nano from demands d join stocks s using (holder) group by holder, s.nano having sum(d.nano) > s.nano
    )
    select ord, array_agg(holder order by d.letter) as holders, array_agg(d.nano order by d.letter) as needs, array_agg(t.nano order by d.letter) as stocks,
      array_agg(d.letter order by d.letter) as letters
    from demands d join tight t using (holder) group by ord order by ord
  loop
    v_letter := null;
    for i in 1 .. cardinality(v_row.holders) loop
      if v_row.needs[i] > coalesce((v_left ->> v_row.holders[i]::text)::bigint, v_row.stocks[i]) then
        v_letter := v_row.letters[i];
        exit;
      end if;
    end loop;
    if v_letter is not null then
      refused := refused || v_row.ord;
      letters := letters || v_letter;
      continue;
    end if;
    for i in 1 .. cardinality(v_row.holders) loop
      v_left := v_left || jsonb_build_object(v_row.holders[i], coalesce((v_left ->> v_row.holders[i]::text)::bigint, v_row.stocks[i]) - v_row.needs[i]);
    end loop;
  end loop;
end $$;

-- Takes from the locked budgets what the held rows ask for. `p_verdicts` as billing_hold() returns them.
create function billing_take_budgets(p_rows jsonb, p_verdicts text, p_budgets uuid[]) returns void language sql
  set plan_cache_mode to force_generic_plan set jit to off set enable_seqscan to off as $$
  with taken as (
    insert into budget_holds (request_id, budget_id, period_start, amount)
    select (r ->> 0)::uuid, b.id, b.period_start, case b.unit when 'usd' then (r -> 8 ->> 0)::bigint when 'tokens' then (r -> 8 ->> 1)::bigint else 1 end
    from jsonb_array_elements(p_rows) with ordinality as e (r, ord)
    join budgets b on b.id = any (p_budgets) and b.owner_id in ((r ->> 1)::uuid, (r ->> 2)::uuid)
    where jsonb_array_length(r) > 8 and substr(p_verdicts, ord::integer, 1) = 'h'
    on conflict (request_id, budget_id) do nothing
    returning budget_id, amount
  )
  update budgets b set held = b.held + t.amount from (select budget_id, sum(amount)::bigint as amount from taken group by 1) t where b.id = t.budget_id;
$$;

-- Ends what calls have taken from budgets, and counts what they used instead. A row is [request_id, used nano-USD, tokens, requests, whether a settle may still
-- come]. A call without rows in budget_holds has been counted before, or was never held against a budget: it moves nothing. Accounts are locked by the caller.
create function billing_end_budgets(p_ends jsonb) returns void language plpgsql
  set plan_cache_mode to force_generic_plan set jit to off set enable_seqscan to off as $$
declare
  v_requests  uuid[];
begin
  select array_agg((r ->> 0)::uuid) into v_requests from jsonb_array_elements(p_ends) as e (r);
  perform from budgets where id in (select budget_id from budget_holds where request_id = any (v_requests)) order by id for no key update;
  with ended as materialized (
    select h.request_id, h.budget_id, h.amount, h.counted, (r ->> 4)::boolean as may_settle, b.period_start = h.period_start as is_current,
      case b.unit when 'usd' then (r ->> 1)::bigint when 'tokens' then (r ->> 2)::bigint else (r ->> 3)::bigint end as used
    from jsonb_array_elements(p_ends) as e (r)
    join budget_holds h on h.request_id = (r ->> 0)::uuid
    left join budgets b on b.id = h.budget_id
  ), moved as (
    update budgets b set held = b.held - m.released, spent = b.spent + m.used
    from (select budget_id, sum(amount)::bigint as released, sum(used - counted)::bigint as used from ended where is_current group by 1) m where b.id = m.budget_id
  ), kept as (
    update budget_holds h set amount = 0, counted = e.used from ended e where h.request_id = e.request_id and h.budget_id = e.budget_id and e.may_settle and e.used is not null
  )
  delete from budget_holds h using ended e where h.request_id = e.request_id and h.budget_id = e.budget_id and not (e.may_settle and e.used is not null);
end $$;

-- Turns budgets whose period is over though nobody called, and forgets lapsed calls whose settle did not come within a week. Nothing depends on it.
create function billing_tidy_budgets(out turned integer, out forgotten integer) language plpgsql as $$
declare
  v_now timestamptz := clock_timestamp();
begin
  with stale as (
    select id from budgets where period_start < budget_period_start(period, v_now) order by id for no key update skip locked
  )
  update budgets b set spent = 0, held = 0, period_start = budget_period_start(b.period, v_now) from stale where b.id = stale.id;
  get diagnostics turned = row_count;
  delete from budget_holds where amount = 0 and held_at < v_now - interval '7 days';
  get diagnostics forgotten = row_count;
end $$;

-- The budgets that hold something else than the calls that run, in one snapshot. Changes nothing.
create function billing_check_budgets() returns table (budget_id uuid, tenant_id uuid, key_id uuid, held bigint, holds bigint) language sql stable as $$
  select b.id, b.tenant_id, b.key_id, b.held, coalesce(sum(h.amount), 0)::bigint
  from budgets b left join budget_holds h on h.budget_id = b.id and h.period_start = b.period_start
  group by b.id having b.held <> coalesce(sum(h.amount), 0)
$$;

-- As before, and: a row may have a ninth element [nano-USD, tokens], the most that the call may use of budgets. Such a call waits for its verdict, and besides the
-- letters above it may get one of a budget, as billing_weigh() tells them.
create or replace function billing_hold(p_rows jsonb, p_life interval default '120 s') returns text language plpgsql
  set plan_cache_mode to force_generic_plan set jit to off set enable_seqscan to off as $$
declare
  v_tenants  uuid[];
  v_payers   uuid[];
  v_awaited  boolean;
  v_refused  bigint[] := '{}';
  v_budgeted boolean;
  v_budgets  uuid[];
  v_letters  text[];
  v_verdict  text;
  v_tight    record;
  v_row      record;
begin
  select array_agg(distinct (r ->> 1)::uuid), array_agg(distinct (r ->> 1)::uuid) filter (where (r ->> 5)::bigint > 0),
    coalesce(bool_or((r ->> 4)::boolean and r ->> 3 = 'prepaid'), false), coalesce(bool_or(jsonb_array_length(r) > 8), false)
  into v_tenants, v_payers, v_awaited, v_budgeted from jsonb_array_elements(p_rows) as e (r);

  -- Nobody waits for intents: what they are for, a crash of the gateway, does not need them on disk at once.
  if not v_awaited and not v_budgeted then
    perform set_config('synchronous_commit', 'off', true);
  end if;
  perform from accounts where tenant_id = any (v_payers) order by tenant_id for no key update;

  if v_budgeted then
    select budgets, refused, letters into v_budgets, v_refused, v_letters from billing_weigh(p_rows, v_payers);
  elsif v_awaited then
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
      (r ->> 5)::bigint as amount_nano, r -> 6 as call, nullif(r -> 7, 'null') as price,
      jsonb_array_length(r) > 8 as budgeted
    from jsonb_array_elements(p_rows) with ordinality as e (r, ord)
  ), books as materialized (
    select tenant_id, prepaid, frozen_at is not null as frozen from accounts where tenant_id = any (v_tenants)
  ), judged as materialized (
    select i.*, b.prepaid as from_prepaid, case
        when b.tenant_id is null then 'n'
        when b.frozen then 'f'
        when i.ord = any (v_refused) then case when v_budgeted then v_letters[array_position(v_refused, i.ord)] else 'b' end
        else 'h' end as verdict
    from input i left join books b using (tenant_id)
  ), placed as (
    insert into holds (request_id, tenant_id, key_id, billing, charged, amount_nano, call, price, expires_at)
    select request_id, tenant_id, key_id, billing, charged,
      -- Of a prepaid account only a call that waited for its verdict may take money beforehand.
      case when charged and (billing = 'prepaid' or not from_prepaid) then amount_nano else 0 end,
      call, price, clock_timestamp() + p_life
    from judged where verdict = 'h' or (verdict = 'f' and not budgeted and not (charged and billing = 'prepaid'))
    on conflict (request_id) do nothing
    returning tenant_id, amount_nano
  ), moved as (
    update accounts a set held_nano = a.held_nano + p.nano
    from (select tenant_id, sum(amount_nano)::bigint as nano from placed group by tenant_id) p
    where a.tenant_id = any (v_tenants) and a.tenant_id = p.tenant_id and p.nano <> 0
  )
  select string_agg(verdict, '' order by ord) into v_verdict from judged;
  if v_budgeted then
    perform billing_take_budgets(p_rows, v_verdict, v_budgets);
  end if;
  return v_verdict;
end $$;

-- As before, budgets included.
create or replace function billing_void(p_requests uuid[]) returns setof uuid language plpgsql set plan_cache_mode to force_generic_plan set jit to off set enable_seqscan to off as $$
declare
  v_tenants uuid[];
begin
  select coalesce(array_agg(distinct tenant_id), '{}') into v_tenants from holds where request_id = any (p_requests);
  perform lock_accounts(v_tenants);
  perform billing_end_budgets((select jsonb_agg(jsonb_build_array(h.request_id, 0, 0, 0, false)) from holds h where h.request_id = any (p_requests)));
  return query with gone as (
    delete from holds where request_id = any (p_requests) and tenant_id = any (v_tenants) returning request_id, tenant_id, amount_nano
  ), moved as (
    update accounts a set held_nano = a.held_nano - g.nano from (select tenant_id, sum(amount_nano)::bigint as nano from gone group by tenant_id) g
    where a.tenant_id = any (v_tenants) and a.tenant_id = g.tenant_id and g.nano <> 0
  )
  select request_id from gone;
end $$;

-- As before, and: a row may have two more elements, the user's id or null, and the requests (0 or 1) to count in budgets: 0 where no provider answered.
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
  select array_agg(distinct (r ->> 2)::uuid), array_agg((r ->> 1)::uuid), bool_or(jsonb_array_length(r) > 30) into v_tenants, v_requests, v_budgeted from jsonb_array_elements(p_rows) as e (r);
  if cardinality(v_requests) > 8000 then
    raise exception 'too many rows: %', cardinality(v_requests) using errcode = 'program_limit_exceeded';
  end if;
  v_at := lock_accounts(v_tenants);
  v_prefix := ledger_id_prefix(v_at);
  if v_budgeted then
    perform billing_end_budgets((
      select jsonb_agg(jsonb_build_array(id, nano, tokens, requests, false)) from (
        select distinct on (r ->> 1) r -> 1 as id, r -> 25 as nano, (r ->> 18)::bigint + (r ->> 21)::bigint as tokens, r -> 30 as requests
        from jsonb_array_elements(p_rows) with ordinality as e (r, ord) where jsonb_array_length(r) > 30 order by r ->> 1, ord
      ) ended));
  end if;

  with input as materialized (
    select (r ->> 1)::uuid as id, (r ->> 2)::uuid as tenant_id, (r ->> 3)::uuid as key_id, r ->> 4 as billing, (r ->> 5)::boolean as charged,
      (r ->> 6)::bigint as hold_nano, r ->> 7 as channel, r ->> 8 as model, r ->> 9 as provider, r ->> 10 as upstream_model, r ->> 11 as dialect, (r ->> 12)::boolean as stream,
      r ->> 13 as client_request_id, r -> 14 as tags, (r ->> 15)::integer as status, r ->> 16 as error_code, (r ->> 17)::integer as attempts,
      (r ->> 18)::bigint as input_tokens, (r ->> 19)::bigint as cached_input_tokens, (r ->> 20)::bigint as cache_write_tokens,
      (r ->> 21)::bigint as output_tokens, (r ->> 22)::bigint as reasoning_tokens, (r ->> 23)::boolean as estimated, (r ->> 24)::boolean as clamped,
      (r ->> 25)::bigint as cost_nano, (r ->> 26)::real as ttft_ms, (r ->> 27)::real as duration_ms, (r ->> 28)::real as overhead_ms,
      (r ->> 29)::uuid as user_id
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
      ttft_ms, duration_ms, overhead_ms, client_request_id, tags, settled, recorded_at, user_id)
    select id, uuidv7_time(id), channel, tenant_id, key_id, model, provider, upstream_model, dialect, stream, status, error_code, attempts,
      input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, estimated, clamped, cost_nano,
      charged_nano, case when charged then cost_nano - charged_nano else 0 end,
      ttft_ms, duration_ms, overhead_ms, client_request_id, tags, true, v_at, user_id
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
        ttft_ms, duration_ms, overhead_ms, client_request_id, tags, settled, recorded_at, user_id)
      select v_row.id, v_row.started_at, r ->> 7, v_row.tenant_id, (r ->> 3)::uuid, r ->> 8, r ->> 9, r ->> 10, r ->> 11, (r ->> 12)::boolean,
        (r ->> 15)::integer, r ->> 16, (r ->> 17)::integer, (r ->> 18)::bigint, (r ->> 19)::bigint, (r ->> 20)::bigint, (r ->> 21)::bigint, (r ->> 22)::bigint,
        (r ->> 23)::boolean, (r ->> 24)::boolean, v_row.cost_nano, v_row.taken_nano + v_delta, v_short,
        (r ->> 26)::real, (r ->> 27)::real, (r ->> 28)::real, r ->> 13, r -> 14, true, v_at, (r ->> 29)::uuid
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

-- As before, budgets included.
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
      ttft_ms, duration_ms, overhead_ms, client_request_id, tags, settled, recorded_at, user_id)
    select request_id, uuidv7_time(request_id), call ->> 'channel', tenant_id, key_id, call ->> 'model', call ->> 'provider', call ->> 'upstream_model',
      call ->> 'dialect', (call ->> 'stream')::boolean, 500, 'EXPIRED', coalesce((progress ->> 5)::integer, 1),
      coalesce((progress ->> 0)::bigint, 0), coalesce((progress ->> 1)::bigint, 0), coalesce((progress ->> 2)::bigint, 0),
      coalesce((progress ->> 3)::bigint, 0), coalesce((progress ->> 4)::bigint, 0), true, false, progress_nano, charged_nano,
      case when charged then progress_nano - charged_nano else 0 end, null, null, null, call ->> 'client_request_id', coalesce(call -> 'tags', '{}'), false, v_at, (call ->> 'user_id')::uuid
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
