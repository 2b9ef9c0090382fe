-- True of a person's key that somebody else has bounded: the person then makes no keys of their own, which would be bound by nothing. Who bounded what is there
-- already is not known: each that is bounded counts.
alter table api_keys add column bounded boolean not null default false;
update api_keys k set bounded = true
 where owner_user_id is not null
   and (models is not null or endpoints is not null or allowed_ips is not null or expires_at is not null or signing = 'required'
     or exists (select from jsonb_each(k.limits) l where l.key <> 'unlimited' and l.value <> 'null') or exists (select from budgets b where b.key_id = k.id));
