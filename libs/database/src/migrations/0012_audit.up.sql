-- Lists of the audit go by id, newest first.
create index audit_entries_of_a_tenant_by_id on audit_entries (tenant_id, id);
