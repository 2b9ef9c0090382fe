-- The role stays: it belongs to the server, and other databases may use it.
do $$
declare
  v_policy record;
begin
  for v_policy in select distinct policyname, format('%I.%I', schemaname, tablename) as table_name from pg_policies where 'ai_gateway_desk' = any (roles) loop
    execute format('drop policy %I on %s', v_policy.policyname, v_policy.table_name);
    execute format('alter table %s disable row level security', v_policy.table_name);
  end loop;
  execute format('revoke all on all tables in schema %I from ai_gateway_desk', current_schema());
  execute format('revoke usage on schema %I from ai_gateway_desk', current_schema());
end $$;
drop index api_keys_of_a_person;
alter table api_keys drop column owner_user_id;
drop function bind_to_platform(regclass, text, boolean);
drop function bind_to_tenant(regclass, text, text, text);
drop function desk_owner();
drop function desk_sees_all();
drop function desk_tenant();
