import type { ApiKeyEntity } from '@higress/database';
import { keyPolicyShape, limitsSchema, nameSchema, readLimits } from '@higress/kernel';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf, listShape, timeSchema } from '../list.schema';
import { patchOf } from '../patch-of';

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
  cache: z.enum(['off', 'on']),
  tags: z.record(z.string(), z.string()),
  bounded: z.boolean().describe('Somebody else than its person has set what it may do: the person makes no further keys'),
  managed_by: z.enum(['api', 'file']),
  last_used_at: timeSchema.nullable(),
  created_at: timeSchema,
  revoked_at: timeSchema.nullable(),
});
const signing_secret = z.string().optional().describe('Shown this once, where `signing` is `required`');
const madeKeySchema = keySchema.extend({ key: z.string().describe('Shown this once'), signing_secret });
const rotatedKeySchema = madeKeySchema.extend({ grace_ends_at: timeSchema.describe('Until then the key before it works too') });
const editedKeySchema = keySchema.extend({ signing_secret: signing_secret.describe('Shown this once, where `signing` became `required`') });
const rotationSchema = z.strictObject({ grace_period_hours: z.string().regex(/^\d{1,4}(\.\d{1,3})?$/, 'must be a number of hours').transform(Number).pipe(z.number().max(24 * 90)).default(24).describe('How long the key before it goes on working; 0: not at all') });

const { unlimited, ...bounds } = limitsSchema.shape;
const inForm = (bound: typeof bounds.rpm.def.innerType) =>
  z.union([bound, z.string().regex(/^\d{1,13}$/, 'must be a whole number').transform((text): number | null => Number(text)).pipe(bound), z.enum(['', 'null']).transform(() => null)]).optional().transform((value) => value ?? null);
/** Limits as JSON or as a form writes them, where everything is text. */
const formLimitsSchema = z.strictObject({
  rpm: inForm(bounds.rpm.unwrap()),
  tpm: inForm(bounds.tpm.unwrap()),
  rpd: inForm(bounds.rpd.unwrap()),
  tpd: inForm(bounds.tpd.unwrap()),
  concurrent: inForm(bounds.concurrent.unwrap()),
  burst: inForm(bounds.burst.unwrap()),
  unlimited: z.union([unlimited.unwrap(), z.enum(['true', 'false', '1', '0', '']).transform((text) => text === 'true' || text === '1')]).default(false),
});

export class NewKeyDto extends createZodDto(newKeySchema) {}
export class KeyDto extends createZodDto(keySchema) {}
export class MadeKeyDto extends createZodDto(madeKeySchema) {}
export class RotatedKeyDto extends createZodDto(rotatedKeySchema) {}
export class RotationDto extends createZodDto(rotationSchema) {}
export class EditedKeyDto extends createZodDto(editedKeySchema) {}
export class KeyPatchDto extends createZodDto(patchOf({ name: nameSchema, ...keyPolicyShape })) {}
export class KeyLimitsDto extends createZodDto(limitsSchema) {}
export class FormLimitsDto extends createZodDto(formLimitsSchema) {}
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
    cache: row.cache,
    tags: row.tags,
    bounded: row.bounded,
    managed_by: row.managedBy,
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
    revoked_at: row.revokedAt?.toISOString() ?? null,
  };
}
