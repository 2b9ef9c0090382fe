import type { AuditEntryEntity } from '@higress/database';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { formatSchema, listOf, listShape, momentSchema, timeSchema } from '../list.schema';

const actorKind = z.enum(['user', 'key', 'file', 'system']);
const state = z.record(z.string(), z.unknown()).nullable();
const entrySchema = z.object({
  id: z.uuid(),
  at: timeSchema,
  tenant_id: z.uuid().nullable().describe('Null: what belongs to the whole installation'),
  actor_kind: actorKind,
  actor_id: z.string().nullable().describe('Null for a stranger who was refused, for the file and for the installation itself'),
  action: z.string().describe('A verb in the past under its subject, such as `key.revoked`'),
  subject_type: z.string(),
  subject_id: z.string().nullable(),
  before: state,
  after: state,
  ip: z.string().nullable(),
  request_id: z.uuid().nullable().describe('The x-request-id of the call that did it'),
  hash: z.string().describe('SHA-256 over the entry and the hash before it in the tenant’s chain, hexadecimal'),
});
const querySchema = z.strictObject({
  ...listShape,
  format: formatSchema,
  tenant_id: z.uuid().optional(),
  actor_kind: actorKind.optional(),
  actor_id: z.string().max(100).optional(),
  action: z.string().max(100).optional(),
  subject_type: z.string().max(100).optional(),
  subject_id: z.string().max(100).optional(),
  request_id: z.uuid().optional(),
  from: momentSchema.optional(),
  to: momentSchema.optional(),
});

export const AUDIT_COLUMNS = Object.keys(entrySchema.shape);

export class AuditListDto extends createZodDto(listOf(entrySchema)) {}
export class AuditQueryDto extends createZodDto(querySchema) {}

export function toAuditRow(row: AuditEntryEntity): z.output<typeof entrySchema> {
  return {
    id: row.id,
    at: row.at.toISOString(),
    tenant_id: row.tenantId,
    actor_kind: row.actorKind,
    actor_id: row.actorId,
    action: row.action,
    subject_type: row.subjectType,
    subject_id: row.subjectId,
    before: row.before,
    after: row.after,
    ip: row.ip,
    request_id: row.requestId,
    hash: row.hash.toString('hex'),
  };
}
