import { USAGE_DIMENSIONS, type UsageDimension, type UsageRecord, type UsageSum } from '@higress/billing';
import type { Requester } from '@higress/database';
import { formatUsd } from '@higress/kernel';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { formatSchema, leastSchema, listOf, listShape, momentSchema, timeSchema, usdSchema } from '../list.schema';

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
  images: z.number().int().describe('Pictures made'),
  audio_seconds: z.number().describe('Sound that was heard, in seconds'),
  characters: z.number().int().describe('Characters spoken'),
  searches: z.number().int().describe('Searches of a reranker: a question and up to a hundred documents each'),
  estimated: z.boolean().describe('True where the provider gave no number and we counted'),
  cost_usd: usdSchema.describe('The usage at price; what was charged is in the ledger'),
  ttft_ms: milliseconds,
  duration_ms: milliseconds,
  overhead_ms: milliseconds,
  client_request_id: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
});
const TAG = /^([^=]+)=(.*)$/s;
const tagSchema = z.string().max(400).regex(TAG, 'must be name=value');
const filterShape = {
  tenant_id: z.uuid().optional(),
  key_id: z.uuid().optional(),
  user_id: z.uuid().optional().describe('Who called on the internal channel, or owns the key'),
  model: z.string().max(200).optional(),
  provider: z.string().max(200).optional(),
  tag: z
    .union([tagSchema, z.array(tagSchema).max(10)])
    .optional()
    .describe('`name=value`; several must all be there'),
  day: z.iso.date().optional().describe('A UTC day, instead of `from` and `to`'),
  from: momentSchema.optional(),
  to: momentSchema.optional(),
};
const querySchema = z.strictObject({
  ...listShape,
  ...filterShape,
  format: formatSchema,
  request_id: z.uuid().optional(),
  channel: channel.optional(),
  status: z.coerce.number().int().min(100).max(599).optional(),
  error_code: z.string().max(100).optional(),
  min_cost_usd: leastSchema.optional().describe('Calls whose usage costs at least so much; say `from` too where there are many'),
});
const summaryQuerySchema = z.strictObject({
  ...filterShape,
  group_by: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(USAGE_DIMENSIONS, `must be of ${USAGE_DIMENSIONS.join(', ')}`)).refine((names) => new Set(names).size === names.length, 'must name each once'))
    .optional()
    .describe(`Of ${USAGE_DIMENSIONS.join(', ')}, with commas between them; left out: one sum of everything`),
  format: formatSchema,
  limit: z.coerce.number().int().min(1).max(10_000).default(1_000),
  cursor: z.string().regex(/^\d{1,9}$/, 'must be a cursor of this list').optional(),
});
const dimension = z.string().nullable().optional();
const sumSchema = z.object({
  day: dimension,
  tenant_id: dimension,
  key_id: dimension,
  user_id: dimension.describe('Who called on the internal channel, or owns the key'),
  model: dimension,
  provider: dimension,
  tag: dimension.describe('`name=value`; a call is in the sum of each tag that it has'),
  requests: tokens,
  errors: tokens.describe('Answered with a status of 400 or more'),
  input_tokens: tokens,
  cached_input_tokens: tokens,
  output_tokens: tokens,
  reasoning_tokens: tokens,
  cost_usd: usdSchema.describe('The usage at price'),
  charged_usd: usdSchema.describe('What the ledger took for it'),
  uncollected_usd: usdSchema.describe('What prepaid accounts could not give'),
});

export class UsageRowDto extends createZodDto(rowSchema) {}
export class UsageListDto extends createZodDto(listOf(rowSchema)) {}
export class UsageQueryDto extends createZodDto(querySchema) {}
export class UsageSumListDto extends createZodDto(listOf(sumSchema)) {}
export class UsageSummaryQueryDto extends createZodDto(summaryQuerySchema) {}

const DAY_MS = 86_400_000;

/** What a query of records and one of sums have in common, as billing takes it. Who sees only what is their own asks for that, which is faster than to be left it. */
export function toFilter({ key_id, user_id, model, provider, tag, day, from, to }: Omit<z.output<z.ZodObject<typeof filterShape>>, 'tenant_id'>, { ownerId }: Requester) {
  const tags = tag === undefined ? undefined : Object.fromEntries([tag].flat().map((text) => (TAG.exec(text) as RegExpExecArray).slice(1) as [string, string]));
  const times = day === undefined ? { from, to } : { from: new Date(day), to: new Date(Date.parse(day) + DAY_MS) };
  return { keyId: key_id, userId: user_id ?? ownerId ?? undefined, model, provider, tags, ...times };
}

const NAMES: Partial<Record<UsageDimension, string>> = { tenant: 'tenant_id', key: 'key_id', user: 'user_id' };
const nameOf = (of: UsageDimension) => NAMES[of] ?? of;

export function toSumRow({ of, ...sum }: UsageSum): z.output<typeof sumSchema> {
  return {
    ...Object.fromEntries(Object.entries(of).map(([name, value]) => [nameOf(name as UsageDimension), value])),
    requests: sum.requests,
    errors: sum.errors,
    input_tokens: sum.inputTokens,
    cached_input_tokens: sum.cachedInputTokens,
    output_tokens: sum.outputTokens,
    reasoning_tokens: sum.reasoningTokens,
    cost_usd: formatUsd(sum.costNanoUsd),
    charged_usd: formatUsd(sum.chargedNanoUsd),
    uncollected_usd: formatUsd(sum.uncollectedNanoUsd),
  };
}

export const USAGE_COLUMNS = Object.keys(rowSchema.shape);
export const sumColumns = (dimensions: readonly UsageDimension[]) => [...dimensions.map(nameOf), ...SUM_COLUMNS];
const SUM_COLUMNS = ['requests', 'errors', 'input_tokens', 'cached_input_tokens', 'output_tokens', 'reasoning_tokens', 'cost_usd', 'charged_usd', 'uncollected_usd'];

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
    images: record.units.images ?? 0,
    audio_seconds: (record.units.audioMs ?? 0) / 1000,
    characters: record.units.characters ?? 0,
    searches: record.units.searches ?? 0,
    estimated: record.estimated,
    cost_usd: formatUsd(record.costNanoUsd),
    ttft_ms: record.ttftMs,
    duration_ms: record.durationMs,
    overhead_ms: record.overheadMs,
    client_request_id: record.clientRequestId,
    tags: { ...record.tags },
  };
}
