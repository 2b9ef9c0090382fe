-- Responses that their callers may ask for later, continue or delete: what was asked and what was answered, for RESPONSES_RETENTION_DAYS. `sealed` is both of them
-- under ENCRYPTION_KEYS. `previous_id` is the response that this one continues, of the same tenant; it may be gone by now.
create table stored_responses (
  tenant_id    uuid not null,
  response_id  text not null,
  previous_id  text,
  created_at   timestamptz not null default now(),
  sealed       bytea not null,
  constraint stored_responses_one_per_id primary key (tenant_id, response_id)
);
-- What is encrypted does not compress.
alter table stored_responses alter column sealed set storage external;
create index stored_responses_by_age on stored_responses (created_at);
-- Management has no business here: the rows are found by callers of inference, each within its tenant.
alter table stored_responses enable row level security;
create policy desk_sees_nothing on stored_responses to ai_gateway_desk using (false);
