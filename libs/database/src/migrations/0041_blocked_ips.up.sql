-- Addresses whose calls are refused before anything is looked up. Few, and kept in the memory of every gateway.
create table blocked_ips (
  id          uuid primary key,
  cidr        cidr not null constraint blocked_ips_cidr_is_unique unique,
  reason      text,
  expires_at  timestamptz,
  created_at  timestamptz not null default now()
);
select bind_to_platform('blocked_ips', 'select, insert, delete');
