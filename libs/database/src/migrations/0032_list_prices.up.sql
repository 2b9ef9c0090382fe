-- Public list prices by provider and model, as somebody imported them: what a deployment costs that has no price of its own. Versions are only ever added; the newest
-- one whose time has come holds. Nano-USD per million tokens; per request, image and second in nano-USD. A null is not known: it is never zero.
create table list_prices (
  id            uuid primary key,
  provider      text not null,
  model         text not null,
  valid_from    timestamptz not null,
  input         bigint constraint list_prices_input_is_not_negative check (input >= 0),
  output        bigint constraint list_prices_output_is_not_negative check (output >= 0),
  cached_input  bigint constraint list_prices_cached_input_is_not_negative check (cached_input >= 0),
  cache_write   bigint constraint list_prices_cache_write_is_not_negative check (cache_write >= 0),
  reasoning     bigint constraint list_prices_reasoning_is_not_negative check (reasoning >= 0),
  per_request   bigint constraint list_prices_per_request_is_not_negative check (per_request >= 0),
  per_image     bigint constraint list_prices_per_image_is_not_negative check (per_image >= 0),
  per_second    bigint constraint list_prices_per_second_is_not_negative check (per_second >= 0),
  source        text not null,
  created_at    timestamptz not null default clock_timestamp()
);
create index list_prices_of_a_model on list_prices (provider, model, valid_from desc, created_at desc);
create trigger list_prices_move_catalog after insert or update or delete on list_prices for each statement execute function move_catalog_version();
select bind_to_platform('list_prices', 'select, insert');
