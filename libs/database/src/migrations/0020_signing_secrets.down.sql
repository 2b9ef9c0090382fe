alter table api_key_secrets drop column signing_secret_sealed, drop column prefix;
