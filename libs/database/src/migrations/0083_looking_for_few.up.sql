-- outside a transaction
-- Ways to the few among the many: failed calls by what they failed with, and movements that no settled call made. Neither costs a successful call anything.

-- What an earlier try has left unfinished is of no use to anybody.
select format('drop index concurrently if exists %I', c.relname) as execute
  from pg_index i join pg_class c on c.oid = i.indexrelid
 where not i.indisvalid and c.relkind = 'i' and (c.relname like 'usage_records%\_by\_error' or c.relname = 'ledger_entries_of_few');

create index concurrently if not exists ledger_entries_of_few on ledger_entries (tenant_id, id) where kind <> 'usage';

-- Postgres makes no index of a partitioned table without locking it whole: an empty one first, then one for each partition, which are then taken into it.
create index if not exists usage_records_by_error on only usage_records (error_code, started_at, id) where error_code is not null and status >= 400;

select format('create index concurrently if not exists %I on %I (error_code, started_at, id) where error_code is not null and status >= 400', p.relname || '_by_error', p.relname) as execute
  from pg_inherits i join pg_class p on p.oid = i.inhrelid
 where i.inhparent = 'usage_records'::regclass
   and not exists (select from pg_index x join pg_inherits h on h.inhrelid = x.indexrelid where x.indrelid = p.oid and h.inhparent = 'usage_records_by_error'::regclass);

select format('alter index usage_records_by_error attach partition %I', x.relname) as execute
  from pg_inherits i join pg_class p on p.oid = i.inhrelid join pg_class x on x.relname = p.relname || '_by_error' and x.relnamespace = p.relnamespace
 where i.inhparent = 'usage_records'::regclass and not exists (select from pg_inherits h where h.inhrelid = x.oid);
