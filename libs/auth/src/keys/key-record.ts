import { BILLING_MODES, limitsSchema, readLimits } from '@higress/kernel';
import type { DataSource } from 'typeorm';
import { z } from 'zod';

/** What decides over a call by a key; also the form in which processes share it through Redis. Holds no secret but the sealed one. */
export const keyRecordSchema = z.object({
  keyId: z.string(),
  prefix: z.string(),
  status: z.enum(['active', 'revoked']),
  /** The earlier end of the key and of this secret of it; null is never. */
  expiresAtMs: z.number().nullable(),
  models: z.array(z.string()).nullable(),
  endpoints: z.array(z.string()).nullable(),
  allowedIps: z.array(z.string()).nullable(),
  limits: limitsSchema,
  signing: z.enum(['off', 'required']),
  cache: z.enum(['off', 'on']),
  /** Sealed with ENCRYPTION_KEYS, in base64; null where the key has none. */
  signingSecretSealed: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
  tenantId: z.string(),
  tenantStatus: z.enum(['active', 'disabled']),
  billing: z.enum(BILLING_MODES),
  tenantLimits: limitsSchema,
  /** Whether the key or its tenant has a budget. */
  budgeted: z.boolean(),
});

export type KeyRecord = z.output<typeof keyRecordSchema>;
type Row = Omit<KeyRecord, 'expiresAtMs'> & { readonly expiresAt: Date | null };

const BY_DIGEST = `
  select k.id as "keyId", coalesce(s.prefix, k.prefix) as prefix, case when o.status = 'banned' then 'revoked' else k.status end as status, least(k.expires_at, s.expires_at) as "expiresAt",
         k.models, k.endpoints, k.allowed_ips as "allowedIps", k.limits, k.signing, k.cache,
         translate(encode(coalesce(s.signing_secret_sealed, k.signing_secret_sealed), 'base64'), E'\\n', '') as "signingSecretSealed", k.tags,
         t.id as "tenantId", t.status as "tenantStatus", t.billing, t.limits as "tenantLimits",
         exists (select from budgets b where b.owner_id in (k.id, t.id)) as budgeted
    from api_key_secrets s join api_keys k on k.id = s.key_id join tenants t on t.id = k.tenant_id left join users o on o.id = k.owner_user_id
   where s.digest = $1`;

/** @param digest in hex @returns null when no key has this digest */
export async function loadKeyRecord(dataSource: DataSource, digest: string): Promise<KeyRecord | null> {
  const [row] = await dataSource.query<Row[]>(BY_DIGEST, [Buffer.from(digest, 'hex')]);
  if (!row) return null;
  const { expiresAt, ...record } = row;
  return { ...record, limits: readLimits(row.limits), tenantLimits: readLimits(row.tenantLimits), expiresAtMs: expiresAt?.getTime() ?? null };
}
