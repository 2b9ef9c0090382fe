-- Who may call (tenants, people, keys), what they may call (providers, models, prices) and who changed it (audit).
-- Names of constraints say what they promise. `managed_by = 'file'` rows come from gateway.yaml and are disabled when it no longer names them.

create table tenants (
  id          uuid primary key,
  name        text not null constraint tenants_name_is_unique unique,
  billing     text not null constraint tenants_billing_is_known check (billing in ('prepaid', 'postpaid', 'internal')),
  status      text not null default 'active' constraint tenants_status_is_known check (status in ('active', 'disabled')),
  limits      jsonb not null default '{}',
  managed_by  text not null default 'api' constraint tenants_managed_by_is_known check (managed_by in ('api', 'file')),
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now()
);

create table roles (
  name         text primary key,
  permissions  text[] not null
);
insert into roles (name, permissions) values
  ('owner', '{*}'),
  ('admin', '{tenant:*}'),
  ('member', '{self:*}'),
  ('auditor', '{tenant:read}');

create table users (
  id             uuid primary key,
  tenant_id      uuid not null references tenants (id),
  email          text not null,
  password_hash  text not null,
  status         text not null default 'active' constraint users_status_is_known check (status in ('active', 'banned')),
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now()
);
create unique index users_email_is_unique on users (lower(email));

create table user_roles (
  user_id  uuid not null references users (id) on delete cascade,
  role     text not null references roles (name),
  primary key (user_id, role)
);

create table sessions (
  id                     uuid primary key,
  user_id                uuid not null references users (id) on delete cascade,
  refresh_digest         bytea not null constraint sessions_refresh_digest_is_unique unique,
  generation             integer not null default 0,
  ip                     text,
  user_agent             text,
  created_at             timestamptz not null default now(),
  last_used_at           timestamptz not null default now(),
  expires_at             timestamptz not null,
  revoked_at             timestamptz,
  revoked_reason         text
);
create index sessions_of_a_user on sessions (user_id);
create index sessions_by_expiry on sessions (expires_at);

-- Key pairs that pods made for themselves; the private half is sealed with ENCRYPTION_KEYS.
create table signing_keys (
  kid             text primary key,
  algorithm       text not null,
  public_jwk      jsonb not null,
  private_sealed  bytea not null,
  created_at      timestamptz not null default now(),
  retired_at      timestamptz
);

create table api_keys (
  id                     uuid primary key,
  tenant_id              uuid not null references tenants (id),
  name                   text not null,
  prefix                 text not null,
  status                 text not null default 'active' constraint api_keys_status_is_known check (status in ('active', 'revoked')),
  models                 text[],
  endpoints              text[],
  allowed_ips            text[],
  limits                 jsonb not null default '{}',
  signing                text not null default 'off' constraint api_keys_signing_is_known check (signing in ('off', 'required')),
  signing_secret_sealed  bytea,
  tags                   jsonb not null default '{}',
  expires_at             timestamptz,
  last_used_at           timestamptz,
  managed_by             text not null default 'api' constraint api_keys_managed_by_is_known check (managed_by in ('api', 'file')),
  created_at             timestamptz not null default now(),
  updated_at             timestamptz not null default now(),
  revoked_at             timestamptz
);
create index api_keys_of_a_tenant on api_keys (tenant_id);
create unique index api_keys_of_the_file_have_one_name on api_keys (tenant_id, name) where managed_by = 'file';

-- A key may have several live secrets while it is rotated. Only HMAC-SHA256(pepper, secret) is kept.
create table api_key_secrets (
  digest      bytea primary key,
  key_id      uuid not null references api_keys (id) on delete cascade,
  expires_at  timestamptz,
  created_at  timestamptz not null default now()
);
create index api_key_secrets_of_a_key on api_key_secrets (key_id);

create table providers (
  id          uuid primary key,
  name        text not null constraint providers_name_is_unique unique,
  dialect     text not null,
  base_url    text not null default '',
  headers     jsonb not null default '{}',
  timeouts    jsonb not null default '{}',
  status      text not null default 'active' constraint providers_status_is_known check (status in ('active', 'disabled')),
  managed_by  text not null default 'api' constraint providers_managed_by_is_known check (managed_by in ('api', 'file')),
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now()
);

-- `fingerprint` is HMAC-SHA256(pepper, value): it tells whether the file names the same credential again without opening it.
create table credentials (
  id            uuid primary key,
  provider_id   uuid not null references providers (id) on delete cascade,
  value_sealed  bytea not null,
  fingerprint   bytea not null,
  weight        integer not null default 1 constraint credentials_weight_is_positive check (weight > 0),
  status        text not null default 'active' constraint credentials_status_is_known check (status in ('active', 'disabled')),
  managed_by    text not null default 'api' constraint credentials_managed_by_is_known check (managed_by in ('api', 'file')),
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now(),
  constraint credentials_are_kept_once unique (provider_id, fingerprint)
);

create table models (
  id          uuid primary key,
  name        text not null constraint models_name_is_unique unique,
  strategy    text not null default 'priority-weight',
  status      text not null default 'active' constraint models_status_is_known check (status in ('active', 'disabled')),
  managed_by  text not null default 'api' constraint models_managed_by_is_known check (managed_by in ('api', 'file')),
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now()
);

create table deployments (
  id                 uuid primary key,
  model_id           uuid not null references models (id) on delete cascade,
  provider_id        uuid not null references providers (id),
  upstream_model     text not null,
  priority           integer not null default 1,
  weight             integer not null default 100 constraint deployments_weight_is_not_negative check (weight >= 0),
  max_output_tokens  integer constraint deployments_max_output_tokens_is_positive check (max_output_tokens > 0),
  status             text not null default 'active' constraint deployments_status_is_known check (status in ('active', 'disabled')),
  managed_by         text not null default 'api' constraint deployments_managed_by_is_known check (managed_by in ('api', 'file')),
  created_at         timestamptz not null default now(),
  updated_at         timestamptz not null default now(),
  constraint deployments_are_named_once unique (model_id, provider_id, upstream_model)
);

-- The price of a deployment from `valid_from` on; the newest one holds. Nano-USD per million tokens, `per_request` in nano-USD.
-- A null part costs what its whole costs (cached input: input; reasoning: output). `free` says that zeros are meant.
create table prices (
  id            uuid primary key,
  deployment_id uuid not null references deployments (id) on delete cascade,
  valid_from    timestamptz not null default now(),
  free          boolean not null default false,
  input         bigint not null default 0 constraint prices_input_is_not_negative check (input >= 0),
  output        bigint not null default 0 constraint prices_output_is_not_negative check (output >= 0),
  cached_input  bigint constraint prices_cached_input_is_not_negative check (cached_input >= 0),
  cache_write   bigint constraint prices_cache_write_is_not_negative check (cache_write >= 0),
  reasoning     bigint constraint prices_reasoning_is_not_negative check (reasoning >= 0),
  per_request   bigint not null default 0 constraint prices_per_request_is_not_negative check (per_request >= 0),
  managed_by    text not null default 'api' constraint prices_managed_by_is_known check (managed_by in ('api', 'file')),
  created_at    timestamptz not null default now()
);
create index prices_of_a_deployment on prices (deployment_id, valid_from desc);

-- One row, moved by every change of routing: a pod that missed the announcement sees it at its next look.
create table catalog_version (
  only_row  boolean primary key default true constraint catalog_version_has_one_row check (only_row),
  version   bigint not null default 1
);
insert into catalog_version default values;
create function move_catalog_version() returns trigger language plpgsql as $$
begin
  update catalog_version set version = version + 1;
  return null;
end $$;
create trigger providers_move_catalog   after insert or update or delete on providers   for each statement execute function move_catalog_version();
create trigger credentials_move_catalog after insert or update or delete on credentials for each statement execute function move_catalog_version();
create trigger models_move_catalog      after insert or update or delete on models      for each statement execute function move_catalog_version();
create trigger deployments_move_catalog after insert or update or delete on deployments for each statement execute function move_catalog_version();
create trigger prices_move_catalog      after insert or update or delete on prices      for each statement execute function move_catalog_version();

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

create table audit_entries (
  id             uuid primary key,
  at             timestamptz not null default now(),
  tenant_id      uuid references tenants (id),
  actor_kind     text not null constraint audit_entries_actor_is_known check (actor_kind in ('user', 'key', 'file', 'system')),
  actor_id       text,
  action         text not null,
  subject_type   text not null,
  subject_id     text,
  before         jsonb,
  after          jsonb,
  ip             text,
  request_id     uuid,
  previous_hash  bytea,
  hash           bytea not null
);
create index audit_entries_of_a_tenant on audit_entries (tenant_id, at desc, id desc);
create trigger audit_entries_are_append_only before update or delete or truncate on audit_entries for each statement execute function refuse_change();
