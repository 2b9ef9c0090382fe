-- The second wall between tenants. A management transaction becomes ai_gateway_desk, which row-level security binds, and says whose rows it may touch:
-- app.tenant_id is a tenant's id, or `*` for all of them; app.owner_id, where it is set, leaves of keys and usage what belongs to that person.
-- The login itself is not bound: it owns the tables, and serves inference, jobs and migrations, which know no tenant before they have looked.

-- A role belongs to the server, not to one database: it may be there already, and migrations of two databases may meet here.
do $$
begin
  if not exists (select from pg_roles where rolname = 'ai_gateway_desk') then
    begin
      create role ai_gateway_desk nologin;
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        raise exception 'the role ai_gateway_desk is missing, and % may not create it', current_user
          using errcode = 'insufficient_privilege', hint = format('As a superuser: create role ai_gateway_desk nologin; grant ai_gateway_desk to %I;', current_user);
    end;
  end if;
  if not (select rolsuper from pg_roles where rolname = current_user) then
    begin
      execute format('grant ai_gateway_desk to %I', current_user);
    exception when insufficient_privilege then
      if not pg_has_role(current_user, 'ai_gateway_desk', 'MEMBER') then
        raise exception '% may not act as ai_gateway_desk', current_user
          using errcode = 'insufficient_privilege', hint = format('As a superuser: grant ai_gateway_desk to %I;', current_user);
      end if;
    end;
  end if;
  execute format('grant usage on schema %I to ai_gateway_desk', current_schema());
end $$;

-- Null where a transaction named no tenant, which then sees none.
create function desk_tenant() returns uuid language sql stable parallel safe as $$
  select nullif(nullif(current_setting('app.tenant_id', true), ''), '*')::uuid
$$;
create function desk_sees_all() returns boolean language sql stable parallel safe as $$
  select coalesce(current_setting('app.tenant_id', true), '') = '*'
$$;
create function desk_owner() returns uuid language sql stable parallel safe as $$
  select nullif(current_setting('app.owner_id', true), '')::uuid
$$;

-- Gives management a table whose rows belong to tenants. `p_mine` is true of the rows of the person desk_owner().
-- Every table with a tenant_id must pass here: a spec looks for one that did not.
create function bind_to_tenant(p_table regclass, p_rights text, p_is_tenants text default 'tenant_id = (select desk_tenant())', p_mine text default null) returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', p_table);
  execute format('create policy desk_sees_its_tenant on %s to ai_gateway_desk using (((select desk_sees_all()) or %s)%s)',
    p_table, p_is_tenants, case when p_mine is null then '' else format(' and ((select desk_owner()) is null or %s)', p_mine) end);
  execute format('grant %s on %s to ai_gateway_desk', p_rights, p_table);
end $$;

-- Gives management a table that belongs to the whole installation: to those who see every tenant, and to read to the others where `p_all_may_read`.
create function bind_to_platform(p_table regclass, p_rights text, p_all_may_read boolean default false) returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', p_table);
  execute format('create policy desk_sees_the_platform on %s to ai_gateway_desk using ((select desk_sees_all()))', p_table);
  if p_all_may_read then
    execute format('create policy desk_reads on %s for select to ai_gateway_desk using (true)', p_table);
  end if;
  execute format('grant %s on %s to ai_gateway_desk', p_rights, p_table);
end $$;

-- Whose key it is: a member sees and touches only their own. Null: the tenant's.
alter table api_keys add column owner_user_id uuid constraint api_keys_owner_fkey references users (id) on delete set null;
create index api_keys_of_a_person on api_keys (owner_user_id) where owner_user_id is not null;

select bind_to_tenant('tenants', 'select, insert, update', 'id = (select desk_tenant())');
select bind_to_tenant('users', 'select, insert, update');
select bind_to_tenant('user_roles', 'select, insert, delete', 'user_id in (select id from users)');
select bind_to_tenant('sessions', 'select, insert, update', 'user_id in (select id from users)');
select bind_to_tenant('api_keys', 'select, insert, update, delete', 'tenant_id = (select desk_tenant())', 'owner_user_id = (select desk_owner())');
select bind_to_tenant('api_key_secrets', 'select, insert, update, delete', 'key_id in (select id from api_keys)');
select bind_to_tenant('audit_entries', 'select, insert');
select bind_to_tenant('accounts', 'select, insert, update');
select bind_to_tenant('holds', 'select');
select bind_to_tenant('ledger_entries', 'select, insert');
select bind_to_tenant('account_checkpoints', 'select');
select bind_to_tenant('usage_records', 'select', 'tenant_id = (select desk_tenant())', 'key_id in (select id from api_keys)');
select bind_to_tenant('usage_hourly', 'select', 'tenant_id = (select desk_tenant())', 'key_id in (select id from api_keys)');
select bind_to_tenant('usage_daily', 'select', 'tenant_id = (select desk_tenant())', 'key_id in (select id from api_keys)');

select bind_to_platform('providers', 'select, insert, update, delete');
select bind_to_platform('credentials', 'select, insert, update, delete');
select bind_to_platform('models', 'select, insert, update, delete', true);
select bind_to_platform('deployments', 'select, insert, update, delete');
select bind_to_platform('prices', 'select, insert, update, delete');
grant select on roles to ai_gateway_desk;
-- Moved by the triggers of the tables above.
grant select, update on catalog_version to ai_gateway_desk;
