import type { EntityManager } from 'typeorm';
import { auditHash } from './append-audit';

interface Row {
  readonly previousHash: Buffer | null;
  readonly hash: Buffer;
  readonly id: string;
  readonly at: Date;
}

export interface ChainReport {
  /** Entries that follow one another as they were written, up to the first that does not. */
  readonly entries: number;
  /** Of the last of them; null for an empty chain. Kept elsewhere it shows later whether the end was cut off. */
  readonly head: Buffer | null;
  /** The first entry that was changed, or whose predecessor is missing; null when the chain is whole. */
  readonly brokenAt: string | null;
}

const PAGE = 1000;

/** Walks a tenant's audit chain from its beginning; null is the chain of the installation. */
export async function walkAuditChain(manager: EntityManager, tenantId: string | null): Promise<ChainReport> {
  let last = null as Row | null;
  for (let entries = 0; ; ) {
    const rows: Row[] = await manager.query(
      `select id, at, tenant_id as "tenantId", actor_kind as "actorKind", actor_id as "actorId", action, subject_type as "subjectType",
              subject_id as "subjectId", before, after, ip, request_id as "requestId", previous_hash as "previousHash", hash
         from audit_entries where tenant_id is not distinct from $1::uuid and ($2::timestamptz is null or (at, id) > ($2, $3)) order by at, id limit $4`,
      [tenantId, last?.at ?? null, last?.id ?? null, PAGE],
    );
    for (const row of rows) {
      if (!follows(last, row)) return { entries, head: last?.hash ?? null, brokenAt: row.id };
      last = row;
      entries += 1;
    }
    if (rows.length < PAGE) return { entries, head: last?.hash ?? null, brokenAt: null };
  }
}

function follows(last: Row | null, { previousHash, hash, ...entry }: Row): boolean {
  const linked = last === null ? previousHash === null : (previousHash?.equals(last.hash) ?? false);
  return linked && auditHash(last?.hash ?? null, entry).equals(hash);
}

/** The id of the first entry that was changed, or whose predecessor is missing; null when the chain is whole. */
export async function verifyAuditChain(manager: EntityManager, tenantId: string | null): Promise<string | null> {
  return (await walkAuditChain(manager, tenantId)).brokenAt;
}
