drop table list_prices;
