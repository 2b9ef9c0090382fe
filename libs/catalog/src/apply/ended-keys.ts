import type { EntityManager } from 'typeorm';

/** A key of the file that a person, not the file, has ended. */
export interface EndedKey {
  readonly tenantId: string;
  readonly name: string;
  /** Of its secrets, in hex. */
  readonly digests: readonly string[];
}

/**
 * Keys of the file that were revoked by hand: they must stay so however often the file is applied, because somebody had a reason.
 * Told by the audit: turning a key off because the file no longer names it is `key.disabled` there, and later.
 */
export function loadEndedKeys(manager: EntityManager): Promise<EndedKey[]> {
  return manager.query<EndedKey[]>(
    `select k.tenant_id as "tenantId", k.name, array(select encode(s.digest, 'hex') from api_key_secrets s where s.key_id = k.id) as digests
       from api_keys k
      where k.managed_by = 'file' and k.status = 'revoked'
        and exists (select from audit_entries a where a.tenant_id = k.tenant_id and a.subject_type = 'key' and a.subject_id = k.id::text and a.action = 'key.revoked' and a.at >= k.revoked_at)`,
  );
}
