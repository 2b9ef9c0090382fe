import type { ListedPrice } from '@higress/catalog';
import { formatUsd } from '@higress/kernel';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf, listShape, timeSchema, usdSchema } from '../list.schema';

const perMillion = usdSchema.describe('USD per million tokens; null: the list does not say').nullable();
const each = usdSchema.nullable();
const listPriceSchema = z.object({
  id: z.uuid(),
  provider: z.string(),
  model: z.string(),
  version: z.number().int().describe('The first one of a model is 1'),
  holds: z.boolean().describe('Deployments of this model without a price of their own cost this now'),
  source: z.string().describe('Where the list came from'),
  valid_from: timeSchema,
  input: perMillion,
  output: perMillion,
  cached_input: perMillion,
  cache_write: perMillion,
  reasoning: perMillion,
  per_request: each,
  per_image: each,
  per_second: each,
  per_character: each,
  per_search: each,
  long_cache_write: perMillion,
  audio_input: perMillion,
  audio_output: perMillion,
  image_input: perMillion,
  image_output: perMillion,
  created_at: timeSchema.describe('When it was imported'),
});
const querySchema = z.strictObject({
  ...listShape,
  provider: z.string().max(200).optional(),
  model: z.string().max(200).optional(),
  source: z.string().max(200).optional(),
  holds: z.stringbool().optional().describe('Only what holds now, or only what does not'),
});

export class ListPriceDto extends createZodDto(listPriceSchema) {}
export class ListPriceListDto extends createZodDto(listOf(listPriceSchema)) {}
export class ListPriceQueryDto extends createZodDto(querySchema) {}

export function toListPrice({ valid_from, created_at, ...row }: ListedPrice): z.output<typeof listPriceSchema> {
  const usd = (nano: string | null) => (nano === null ? null : formatUsd(BigInt(nano)));
  return {
    ...row, valid_from: valid_from.toISOString(), created_at: created_at.toISOString(), input: usd(row.input), output: usd(row.output), cached_input: usd(row.cached_input), cache_write: usd(row.cache_write),
    reasoning: usd(row.reasoning), per_request: usd(row.per_request), per_image: usd(row.per_image), per_second: usd(row.per_second), per_character: usd(row.per_character), per_search: usd(row.per_search), long_cache_write: usd(row.long_cache_write),
    audio_input: usd(row.audio_input), audio_output: usd(row.audio_output), image_input: usd(row.image_input), image_output: usd(row.image_output),
  };
}
