drop table audit_entries;
drop table prices, deployments, models, credentials, providers, catalog_version;
drop table api_key_secrets, api_keys;
drop table signing_keys, sessions, user_roles, users, roles, tenants;
drop function move_catalog_version();
drop function refuse_change();
