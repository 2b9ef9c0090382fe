-- Headers of a provider may hold secrets: their values are sealed with ENCRYPTION_KEYS, and their names stay to be shown. Where `headers_sealed` is null, `headers` has
-- them as they are: written by an earlier release, and sealed when they are changed or by `ctl secrets rotate`.
alter table providers add column headers_sealed bytea, add column header_names text[] not null default '{}';
