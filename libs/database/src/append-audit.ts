import { createHash } from 'node:crypto';
import { uuidv7 } from '@higress/kernel';
import type { EntityManager } from 'typeorm';
import { canonicalJson } from './canonical-json';

export type ActorKind = 'user' | 'key' | 'file' | 'system';

/** Who did it. `id` is a user's or a key's; null for the file and for the gateway itself. */
export interface Actor {
  readonly kind: ActorKind;
  readonly id: string | null;
  readonly ip?: string | null;
  readonly requestId?: string | null;
}

export const SYSTEM_ACTOR: Actor = { kind: 'system', id: null };

export interface AuditEntry {
  /** The tenant whose chain it joins; null for what belongs to the whole installation. */
  readonly tenantId: string | null;
  readonly actor: Actor;
  /** A verb in the past under its subject, such as `key.revoked`. */
  readonly action: string;
  readonly subjectType: string;
  readonly subjectId: string | null;
  /** Never holds a secret. */
  readonly before?: unknown;
  readonly after?: unknown;
}

interface Link {
  readonly at: Date;
  readonly hash: Buffer;
}

const CHAIN_LOCK = 0x61756469;

/**
 * Writes down who changed what, in the transaction of the change: both happen or neither.
 * Entries of one tenant form a chain, hash = SHA-256(previous hash ‖ canonical JSON of the entry), so that a row that is
 * changed or missing shows. The chain's lock is held until the transaction ends: call it last.
 */
export async function appendAudit(manager: EntityManager, entry: AuditEntry): Promise<void> {
  await manager.query('select pg_advisory_xact_lock($1, hashtext($2))', [CHAIN_LOCK, entry.tenantId ?? '']);
  const [previous] = await manager.query<Link[]>(
    'select at, hash from audit_entries where tenant_id is not distinct from $1::uuid order by at desc, id desc limit 1',
    [entry.tenantId],
  );
  const row = {
    id: uuidv7(),
    // One millisecond after the previous entry at least: the order of the chain is the order of time.
    at: new Date(Math.max(Date.now(), previous ? previous.at.getTime() + 1 : 0)),
    tenantId: entry.tenantId,
    actorKind: entry.actor.kind,
    actorId: entry.actor.id,
    action: entry.action,
    subjectType: entry.subjectType,
    subjectId: entry.subjectId,
    before: entry.before ?? null,
    after: entry.after ?? null,
    ip: entry.actor.ip ?? null,
    requestId: entry.actor.requestId ?? null,
  };
  await manager.query(
    `insert into audit_entries (id, at, tenant_id, actor_kind, actor_id, action, subject_type, subject_id, before, after, ip, request_id, previous_hash, hash)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [row.id, row.at, row.tenantId, row.actorKind, row.actorId, row.action, row.subjectType, row.subjectId, json(row.before), json(row.after), row.ip, row.requestId, previous?.hash ?? null, auditHash(previous?.hash ?? null, row)],
  );
}

const json = (value: unknown) => (value === null ? null : JSON.stringify(value));

/** The hash that binds an entry to the one before it. Fields in any order; times as dates. */
export function auditHash(previous: Buffer | null, row: object): Buffer {
  return createHash('sha256').update(previous ?? Buffer.alloc(0)).update(canonicalJson(row)).digest();
}
