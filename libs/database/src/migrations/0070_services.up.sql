-- What a search of a reranker costs, in nano-USD. Null: not counted by it.
alter table prices add column per_search bigint constraint prices_per_search_is_not_negative check (per_search >= 0);
alter table list_prices add column per_search bigint constraint list_prices_per_search_is_not_negative check (per_search >= 0);
