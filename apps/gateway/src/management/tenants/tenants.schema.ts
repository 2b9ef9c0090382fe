import type { TenantEntity } from '@higress/database';
import type { Balance } from '@higress/billing';
import { BILLING_MODES, formatUsd, limitsSchema, nameSchema, parseUsd, readLimits } from '@higress/kernel';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf, listShape, timeSchema, usdSchema } from '../list.schema';
import { patchOf } from '../patch-of';

const newTenantSchema = z.strictObject({ name: nameSchema, billing: z.enum(BILLING_MODES), limits: limitsSchema.prefault({}) });
const tenantSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  billing: z.enum(BILLING_MODES),
  status: z.enum(['active', 'disabled']),
  limits: limitsSchema,
  managed_by: z.enum(['api', 'file']),
  created_at: timeSchema,
  updated_at: timeSchema,
});
const balanceSchema = z.object({
  posted_usd: usdSchema.describe('The sum of the ledger'),
  held_usd: usdSchema.describe('Set aside for calls that run now'),
  available_usd: usdSchema.describe('What a new prepaid call may still take'),
  frozen: z.object({ at: timeSchema, reason: z.string() }).nullable().describe('Since when and why new calls are refused'),
});
const creditSchema = z
  .strictObject({
    amount_usd: z.string(),
    kind: z.enum(['credit', 'adjustment']).default('credit').describe('An adjustment may be negative: it takes money back, of a prepaid tenant no more than there is'),
    note: z.string().max(500).nullable().default(null),
  })
  .refine(({ amount_usd, kind }) => isAmount(amount_usd, kind), { path: ['amount_usd'], message: 'must be a decimal string of USD above 0 (an adjustment: other than 0), with at most 9 decimals, and at most a billion' });

/** A billion USD in nano-USD. */
const MOST = 10n ** 18n;

function isAmount(text: string, kind: 'credit' | 'adjustment'): boolean {
  try {
    const nano = parseUsd(text);
    return nano <= MOST && nano >= -MOST && (kind === 'credit' ? nano > 0n : nano !== 0n);
  } catch {
    return false;
  }
}

const freezeSchema = z.strictObject({ reason: z.string().trim().min(1).max(500) });

export class NewTenantDto extends createZodDto(newTenantSchema) {}
const tenantPatchSchema = patchOf({ name: nameSchema, billing: z.enum(BILLING_MODES), status: z.enum(['active', 'disabled']), limits: limitsSchema });

export class TenantPatchDto extends createZodDto(tenantPatchSchema) {}
export class TenantDto extends createZodDto(tenantSchema) {}
export class TenantListDto extends createZodDto(listOf(tenantSchema)) {}
export class TenantQueryDto extends createZodDto(z.strictObject(listShape)) {}
export class BalanceDto extends createZodDto(balanceSchema) {}
export class FreezeDto extends createZodDto(freezeSchema) {}
export class CreditDto extends createZodDto(creditSchema) {}

export function toTenant({ id, name, billing, status, limits, managedBy, createdAt, updatedAt }: TenantEntity): z.output<typeof tenantSchema> {
  return { id, name, billing, status, limits: readLimits(limits), managed_by: managedBy, created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString() };
}

export function toBalance({ postedNanoUsd, heldNanoUsd, availableNanoUsd, frozen }: Balance): z.output<typeof balanceSchema> {
  return { posted_usd: formatUsd(postedNanoUsd), held_usd: formatUsd(heldNanoUsd), available_usd: formatUsd(availableNanoUsd), frozen: frozen && { at: frozen.at.toISOString(), reason: frozen.reason } };
}
