import { LEDGER_KINDS, type LedgerEntry } from '@higress/billing';
import { formatUsd } from '@higress/kernel';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { formatSchema, leastSchema, listOf, listShape, momentSchema, timeSchema, usdSchema } from '../list.schema';

const entrySchema = z.object({
  id: z.uuid(),
  at: timeSchema,
  tenant_id: z.uuid(),
  request_id: z.uuid().nullable(),
  kind: z.enum(LEDGER_KINDS),
  amount_usd: usdSchema.describe('Charges are negative'),
  balance_usd: usdSchema.describe('What the account had after it'),
  note: z.string().nullable(),
});
const querySchema = z.strictObject({
  ...listShape,
  format: formatSchema,
  tenant_id: z.uuid().optional(),
  kind: z.enum(LEDGER_KINDS).optional(),
  request_id: z.uuid().optional(),
  key_id: z.uuid().optional().describe('What calls with this key moved, by the start of the calls'),
  model: z.string().max(200).optional().describe('What calls of this model moved, by the start of the calls'),
  min_amount_usd: leastSchema.optional().describe('Movements of at least so much, in either direction; say `from` too where there are many'),
  from: momentSchema.optional().describe('With `key_id` or `model`: when the call began'),
  to: momentSchema.optional(),
});

export const LEDGER_COLUMNS = Object.keys(entrySchema.shape);

export class LedgerEntryDto extends createZodDto(entrySchema) {}
export class LedgerListDto extends createZodDto(listOf(entrySchema)) {}
export class LedgerQueryDto extends createZodDto(querySchema) {}

export function toLedgerRow({ id, at, tenantId, requestId, kind, amountNanoUsd, balanceNanoUsd, note }: LedgerEntry): z.output<typeof entrySchema> {
  return { id, at: at.toISOString(), tenant_id: tenantId, request_id: requestId, kind, amount_usd: formatUsd(amountNanoUsd), balance_usd: formatUsd(balanceNanoUsd), note };
}
