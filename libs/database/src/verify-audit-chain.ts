import type { EntityManager } from 'typeorm';
import { auditHash } from './append-audit';

interface Row {
  readonly previousHash: Buffer | null;
  readonly hash: Buffer;
  readonly id: string;
}

const PAGE = 1000;

/**
 * Walks a tenant's audit chain from its beginning.
 * @returns the id of the first entry that was changed, or whose predecessor is missing; null when the chain is whole.
 */
export async function verifyAuditChain(manager: EntityManager, tenantId: string | null): Promise<string | null> {
  let previous: Buffer | null = null;
  for (let offset = 0; ; offset += PAGE) {
    const rows: Row[] = await manager.query(
      `select id, at, tenant_id as "tenantId", actor_kind as "actorKind", actor_id as "actorId", action, subject_type as "subjectType",
              subject_id as "subjectId", before, after, ip, request_id as "requestId", previous_hash as "previousHash", hash
         from audit_entries where tenant_id is not distinct from $1::uuid order by at, id limit $2 offset $3`,
      [tenantId, PAGE, offset],
    );
    for (const { previousHash, hash, ...row } of rows) {
      const linked = previous === null ? previousHash === null : (previousHash?.equals(previous) ?? false);
      if (!linked || !auditHash(previous, row).equals(hash)) return row.id;
      previous = hash;
    }
    if (rows.length < PAGE) return null;
  }
}
