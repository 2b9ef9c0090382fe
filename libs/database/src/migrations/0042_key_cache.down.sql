alter table api_keys drop column cache;
