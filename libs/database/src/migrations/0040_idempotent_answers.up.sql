-- What was answered to requests that carried an idempotency key: kept for 24 hours, so that the same request again gets the same answer and is not charged twice.
-- `fingerprint` is the SHA-256 of method, target and body. A row is `running` until its request has ended; past `lapses_at` the process that ran it is dead, and
-- the row counts as broken. `sealed` is the answer under ENCRYPTION_KEYS, null where it was too large to be kept.
create table idempotent_answers (
  tenant_id        uuid not null,
  idempotency_key  text not null,
  fingerprint      bytea not null,
  request_id       uuid not null,
  state            text not null constraint idempotent_answers_state_is_known check (state in ('running', 'finished', 'broken')),
  sealed           bytea,
  lapses_at        timestamptz not null,
  expires_at       timestamptz not null,
  constraint idempotent_answers_one_per_key primary key (tenant_id, idempotency_key)
);
-- What is encrypted does not compress.
alter table idempotent_answers alter column sealed set storage external;
create index idempotent_answers_by_expiry on idempotent_answers (expires_at);
-- Management has no business here: the rows are found by the request that brings the key again, and by nobody else.
alter table idempotent_answers enable row level security;
create policy desk_sees_nothing on idempotent_answers to ai_gateway_desk using (false);
