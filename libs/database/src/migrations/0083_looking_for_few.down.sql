drop index usage_records_by_error;
drop index ledger_entries_of_few;
