-- A client whose answer was lost asks with the same refresh token again: what came before is known for the moment in which that is no theft.
alter table sessions add column previous_digest bytea, add column rotated_at timestamptz;

-- Tokens that let one set a new password, once. Only SHA-256 of them is kept.
create table password_resets (
  digest      bytea primary key,
  user_id     uuid not null references users (id) on delete cascade,
  created_by  uuid,
  created_at  timestamptz not null default now(),
  expires_at  timestamptz not null,
  used_at     timestamptz
);
create index password_resets_of_a_user on password_resets (user_id);
select bind_to_tenant('password_resets', 'select, insert, update', 'user_id in (select id from users)');
