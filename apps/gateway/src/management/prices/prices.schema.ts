import { type FilePrice, pricePartsShape, priceSchema } from '@higress/catalog';
import type { PriceEntity } from '@higress/database';
import { DomainError, formatUsd } from '@higress/kernel';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf, listShape, timeSchema, usdSchema } from '../list.schema';

const valid_from = z.iso.datetime({ offset: true, error: 'must be a time such as 2027-01-31T00:00:00Z' });
const { input, output, cached_input, cache_write, reasoning, per_request, long_cache_write, audio_input, audio_output, image_input, image_output, per_image, per_second, per_character, per_search } = pricePartsShape;
const newPriceSchema = z
  .strictObject({ deployment_id: z.uuid(), valid_from: valid_from.optional().describe('From when it holds; now unless told'), free: z.boolean().default(false).describe('Zeros are meant'), ...pricePartsShape })
  .superRefine((given, context) => {
    const read = priceSchema.safeParse(asDeclared(given));
    if (!read.success) context.addIssue({ code: 'custom', path: ['input'], message: given.free ? 'must not be there where the price is free' : 'must name input and output, or per_request, per_image, per_second, per_character or per_search alone: an unknown price is never zero' });
  });
const pricePatchSchema = z.strictObject({
  valid_from: valid_from.optional(),
  free: z.boolean().optional(),
  input,
  output,
  cached_input: cached_input.nullable().describe('Null: as input'),
  cache_write: cache_write.nullable().describe('Null: as input'),
  reasoning: reasoning.nullable().describe('Null: as output'),
  per_request,
  long_cache_write: long_cache_write.nullable().describe('Null: as cache_write'),
  audio_input: audio_input.nullable().describe('Null: as input'),
  audio_output: audio_output.nullable().describe('Null: as output'),
  image_input: image_input.nullable().describe('Null: as input'),
  image_output: image_output.nullable().describe('Null: as output'),
  per_image: per_image.nullable().describe('Null: not counted by it'),
  per_second: per_second.nullable().describe('Null: not counted by it'),
  per_character: per_character.nullable().describe('Null: not counted by it'),
  per_search: per_search.nullable().describe('Null: not counted by it'),
});
const usd = usdSchema.describe('USD per million tokens');
const each = usdSchema.nullable().describe('In USD; null: not counted by it');
const shownPriceSchema = z.object({
  id: z.uuid(),
  deployment_id: z.uuid(),
  valid_from: timeSchema.describe('The newest whose time has come holds'),
  free: z.boolean(),
  input: usd,
  output: usd,
  cached_input: usd.nullable().describe('Null: as input'),
  cache_write: usd.nullable().describe('Null: as input'),
  reasoning: usd.nullable().describe('Null: as output'),
  per_request: usdSchema,
  long_cache_write: usd.nullable().describe('Null: as cache_write'),
  audio_input: usd.nullable().describe('Null: as input'),
  audio_output: usd.nullable().describe('Null: as output'),
  image_input: usd.nullable().describe('Null: as input'),
  image_output: usd.nullable().describe('Null: as output'),
  per_image: each,
  per_second: each,
  per_character: each,
  per_search: each,
  managed_by: z.enum(['api', 'file']),
  created_at: timeSchema,
});

export class NewPriceDto extends createZodDto(newPriceSchema) {}
export class PricePatchDto extends createZodDto(pricePatchSchema) {}
export class PriceDto extends createZodDto(shownPriceSchema) {}
export class PriceListDto extends createZodDto(listOf(shownPriceSchema)) {}
export class PriceQueryDto extends createZodDto(z.strictObject({ ...listShape, deployment_id: z.uuid().optional() })) {}

type Parts = Partial<Record<keyof typeof pricePartsShape, string | null>>;

/** A price as gateway.yaml writes it. */
export function asDeclared({ free, ...given }: Parts & { readonly free: boolean }): unknown {
  const parts = Object.fromEntries(Object.keys(pricePartsShape).map((name) => [name, given[name as keyof Parts]]).filter(([, amount]) => amount !== undefined && amount !== null));
  return free && Object.keys(parts).length === 0 ? 'free' : free ? { ...parts, free } : parts;
}

/** The price that a row has after a patch. @throws DomainError VALIDATION_FAILED where it would not be one */
export function patchedPrice(row: PriceEntity, { free, ...parts }: Parts & { readonly free?: boolean }): FilePrice {
  const shown = toPrice(row);
  const isFree = free ?? (row.free && Object.keys(parts).length === 0);
  const before: Parts = row.free || isFree ? {} : { ...shown, ...(shown.per_request === '0' && { per_request: null }), ...(namesNoTokens(row) && { input: null, output: null }) };
  const given = Object.fromEntries(Object.entries(parts).filter(([, amount]) => amount !== undefined));
  const read = priceSchema.safeParse(asDeclared({ ...before, ...given, free: isFree }));
  if (read.success) return read.data;
  throw new DomainError('VALIDATION_FAILED', { param: 'input', details: [{ path: 'input', message: 'the price must name input and output, or per_request, per_image, per_second, per_character or per_search alone, or be free and name nothing' }] });
}

/** A row keeps zeros for tokens that it names no price of. */
function namesNoTokens({ input, output, perRequest, perImage, perSecond, perCharacter, perSearch }: PriceEntity): boolean {
  return input === 0n && output === 0n && (perRequest > 0n || perImage !== null || perSecond !== null || perCharacter !== null || perSearch !== null);
}

export function toPrice({ id, deploymentId, validFrom, free, managedBy, createdAt, ...row }: PriceEntity): z.output<typeof shownPriceSchema> {
  const part = (nano: bigint | null) => (nano === null ? null : formatUsd(nano));
  return {
    id, deployment_id: deploymentId, valid_from: validFrom.toISOString(), free, input: formatUsd(row.input), output: formatUsd(row.output), cached_input: part(row.cachedInput), cache_write: part(row.cacheWrite),
    reasoning: part(row.reasoning), per_request: formatUsd(row.perRequest), long_cache_write: part(row.longCacheWrite), audio_input: part(row.audioInput), audio_output: part(row.audioOutput), image_input: part(row.imageInput),
    image_output: part(row.imageOutput), per_image: part(row.perImage), per_second: part(row.perSecond), per_character: part(row.perCharacter), per_search: part(row.perSearch), managed_by: managedBy, created_at: createdAt.toISOString(),
  };
}
