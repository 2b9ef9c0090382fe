-- Each secret of a key has the signing secret that was handed out with it, and its own shown part, so that while a key is rotated the old pair
-- works to the end of its grace beside the new one. The columns of api_keys stay until no release reads them: they hold the newest pair.
-- Sealed for the key, not for the row: what was sealed before needs no key here.
alter table api_key_secrets add column signing_secret_sealed bytea, add column prefix text;
update api_key_secrets s set signing_secret_sealed = k.signing_secret_sealed, prefix = k.prefix from api_keys k where k.id = s.key_id;

-- How far the sums of days reach, for whoever adds up what a key used.
grant select on usage_rollups to ai_gateway_desk;
