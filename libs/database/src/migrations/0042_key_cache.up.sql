-- A key that is answered out of the response cache without asking for it each time.
alter table api_keys add column cache text not null default 'off' constraint api_keys_cache_is_known check (cache in ('off', 'on'));
