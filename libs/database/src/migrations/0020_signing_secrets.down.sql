revoke select on usage_rollups from ai_gateway_desk;
alter table api_key_secrets drop column signing_secret_sealed, drop column prefix;
