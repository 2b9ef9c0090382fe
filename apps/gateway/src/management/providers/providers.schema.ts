import { credentialShape, headerNamesOf, newProviderSchema, providerShape } from '@higress/catalog';
import type { CredentialEntity, ProviderEntity } from '@higress/database';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf, listShape, timeSchema } from '../list.schema';
import { patchOf } from '../patch-of';

const status = z.enum(['active', 'disabled']);
const managed_by = z.enum(['api', 'file']).describe('`file`: declared in gateway.yaml, and changed there');
const ms = z.number().int().optional();
const providerSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  dialect: z.string(),
  base_url: z.string().nullable().describe('Null for the simulator'),
  header_names: z.array(z.string()).describe('Their values may be secrets, and are not shown'),
  timeouts: z.object({ connect_ms: ms, first_token_ms: ms, idle_ms: ms, total_ms: ms }),
  status,
  managed_by,
  created_at: timeSchema,
  updated_at: timeSchema,
});
const credentialSchema = z.object({ id: z.uuid(), provider_id: z.uuid(), weight: z.number().int(), status, managed_by, created_at: timeSchema, updated_at: timeSchema });
const faultSchema = z.object({ code: z.string(), message: z.string(), upstream_status: z.number().int().nullable() });
const trialSchema = z.object({
  ok: z.boolean().describe('Whether every credential works'),
  results: z.array(
    z.object({ credential_id: z.uuid().nullable().describe('Null: the provider has none'), ok: z.boolean(), latency_ms: z.number(), models: z.number().int().nullable().describe('How many it lists'), error: faultSchema.nullable() }),
  ),
});
const syncSchema = z.strictObject({
  models: z.array(z.string().min(1).max(200)).min(1).max(100).nullable().default(null).describe('Globs of the names there; all unless told'),
  prefix: z.string().max(100).default('').describe('Begins the names that clients ask for'),
  dry_run: z.boolean().default(false).describe('Tells what would be done'),
});
const names = z.array(z.string());
const syncedSchema = z.object({
  created: names.describe('Models that are new, each with a deployment here and no price yet'),
  existing: names.describe('Models there that have a deployment already'),
  taken: names.describe('Models of the same name that other providers serve: add a deployment by hand'),
  missing: names.describe('Upstream models of deployments here that the provider no longer lists'),
});

export class NewProviderDto extends createZodDto(newProviderSchema) {}
export class ProviderPatchDto extends createZodDto(patchOf(providerShape)) {}
export class ProviderDto extends createZodDto(providerSchema) {}
export class ProviderListDto extends createZodDto(listOf(providerSchema)) {}
export class ProviderQueryDto extends createZodDto(z.strictObject(listShape)) {}
export class NewCredentialDto extends createZodDto(z.strictObject(credentialShape)) {}
export class CredentialPatchDto extends createZodDto(patchOf({ ...credentialShape, status })) {}
export class CredentialDto extends createZodDto(credentialSchema) {}
export class CredentialListDto extends createZodDto(listOf(credentialSchema)) {}
export class TrialDto extends createZodDto(trialSchema) {}
export class SyncDto extends createZodDto(syncSchema) {}
export class SyncedDto extends createZodDto(syncedSchema) {}

/** Without anything that may be a secret: this is what the audit keeps, too. */
export function toProvider(row: ProviderEntity): z.output<typeof providerSchema> {
  const { id, name, dialect, baseUrl, timeouts, status, managedBy, createdAt, updatedAt } = row;
  return {
    id, name, dialect, base_url: baseUrl === '' ? null : baseUrl, header_names: [...headerNamesOf(row)],
    timeouts: { connect_ms: timeouts.connectMs, first_token_ms: timeouts.firstTokenMs, idle_ms: timeouts.idleMs, total_ms: timeouts.totalMs },
    status, managed_by: managedBy, created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString(),
  };
}

export function toCredential({ id, providerId, weight, status, managedBy, createdAt, updatedAt }: CredentialEntity): z.output<typeof credentialSchema> {
  return { id, provider_id: providerId, weight, status, managed_by: managedBy, created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString() };
}
