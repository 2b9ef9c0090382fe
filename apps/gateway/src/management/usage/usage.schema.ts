import type { UsageRecord } from '@higress/billing';
import { formatUsd } from '@higress/kernel';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf, listShape, momentSchema, timeSchema, usdSchema } from '../list.schema';

const channel = z.enum(['external', 'internal']);
const tokens = z.number().int();
const milliseconds = z.number().nullable();
const rowSchema = z.object({
  id: z.uuid(),
  started_at: timeSchema,
  channel,
  tenant_id: z.uuid(),
  key_id: z.uuid().nullable(),
  model: z.string(),
  provider: z.string().nullable(),
  upstream_model: z.string().nullable(),
  dialect: z.enum(['openai', 'anthropic', 'gemini']),
  stream: z.boolean(),
  status: z.number().int(),
  error_code: z.string().nullable(),
  attempts: z.number().int(),
  input_tokens: tokens,
  cached_input_tokens: tokens,
  output_tokens: tokens,
  reasoning_tokens: tokens,
  estimated: z.boolean().describe('True where the provider gave no number and we counted'),
  cost_usd: usdSchema.describe('The usage at price; what was charged is in the ledger'),
  ttft_ms: milliseconds,
  duration_ms: milliseconds,
  overhead_ms: milliseconds,
  client_request_id: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
});
const querySchema = z.strictObject({
  ...listShape,
  tenant_id: z.uuid().optional(),
  key_id: z.uuid().optional(),
  request_id: z.uuid().optional(),
  channel: channel.optional(),
  model: z.string().max(200).optional(),
  provider: z.string().max(200).optional(),
  status: z.coerce.number().int().min(100).max(599).optional(),
  error_code: z.string().max(100).optional(),
  from: momentSchema.optional(),
  to: momentSchema.optional(),
});

export class UsageRowDto extends createZodDto(rowSchema) {}
export class UsageListDto extends createZodDto(listOf(rowSchema)) {}
export class UsageQueryDto extends createZodDto(querySchema) {}

export function toUsageRow(record: UsageRecord): z.output<typeof rowSchema> {
  return {
    id: record.id,
    started_at: record.startedAt.toISOString(),
    channel: record.channel,
    tenant_id: record.tenantId,
    key_id: record.keyId,
    model: record.model,
    provider: record.provider,
    upstream_model: record.upstreamModel,
    dialect: record.dialect,
    stream: record.stream,
    status: record.status,
    error_code: record.errorCode,
    attempts: record.attempts,
    input_tokens: record.inputTokens,
    cached_input_tokens: record.cachedInputTokens,
    output_tokens: record.outputTokens,
    reasoning_tokens: record.reasoningTokens,
    estimated: record.estimated,
    cost_usd: formatUsd(record.costNanoUsd),
    ttft_ms: record.ttftMs,
    duration_ms: record.durationMs,
    overhead_ms: record.overheadMs,
    client_request_id: record.clientRequestId,
    tags: { ...record.tags },
  };
}
