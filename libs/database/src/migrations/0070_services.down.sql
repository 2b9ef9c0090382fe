alter table list_prices drop column per_search;
alter table prices drop column per_search;
