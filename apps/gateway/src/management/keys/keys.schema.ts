import type { ApiKeyEntity } from '@higress/database';
import { keyPolicyShape, limitsSchema, nameSchema, readLimits } from '@higress/kernel';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf, listShape, timeSchema } from '../list.schema';

const newKeySchema = z.strictObject({
  tenant_id: z.uuid(),
  name: nameSchema,
  owner_user_id: z.uuid().nullable().default(null).describe('Whose key it is; a member’s is always their own'),
  ...keyPolicyShape,
});
const keySchema = z.object({
  id: z.uuid(),
  tenant_id: z.uuid(),
  name: z.string(),
  owner_user_id: z.uuid().nullable().describe('Null: the tenant’s'),
  prefix: z.string().describe('The part of the key that may be shown'),
  status: z.enum(['active', 'revoked', 'expired']),
  models: z.array(z.string()).nullable(),
  endpoints: z.array(z.string()).nullable(),
  allowed_ips: z.array(z.string()).nullable(),
  expires_at: timeSchema.nullable(),
  limits: limitsSchema,
  signing: z.enum(['off', 'required']),
  tags: z.record(z.string(), z.string()),
  managed_by: z.enum(['api', 'file']),
  last_used_at: timeSchema.nullable(),
  created_at: timeSchema,
  revoked_at: timeSchema.nullable(),
});
const madeKeySchema = keySchema.extend({
  key: z.string().describe('Shown this once'),
  signing_secret: z.string().optional().describe('Shown this once, where `signing` is `required`'),
});

export class NewKeyDto extends createZodDto(newKeySchema) {}
export class KeyDto extends createZodDto(keySchema) {}
export class MadeKeyDto extends createZodDto(madeKeySchema) {}
export class KeyListDto extends createZodDto(listOf(keySchema)) {}
export class KeyQueryDto extends createZodDto(z.strictObject({ ...listShape, tenant_id: z.uuid().optional(), owner_user_id: z.uuid().optional() })) {}

export function toKey(row: ApiKeyEntity): z.output<typeof keySchema> {
  const isExpired = row.status === 'active' && row.expiresAt !== null && row.expiresAt.getTime() <= Date.now();
  return {
    id: row.id,
    tenant_id: row.tenantId,
    name: row.name,
    owner_user_id: row.ownerUserId,
    prefix: row.prefix,
    status: isExpired ? 'expired' : row.status,
    models: row.models,
    endpoints: row.endpoints,
    allowed_ips: row.allowedIps,
    expires_at: row.expiresAt?.toISOString() ?? null,
    limits: readLimits(row.limits),
    signing: row.signing,
    tags: row.tags,
    managed_by: row.managedBy,
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
    revoked_at: row.revokedAt?.toISOString() ?? null,
  };
}
