import type { DayOfKey, KeyUsageRange } from '@higress/billing';
import { formatUsd, type NanoUsd } from '@higress/kernel';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { timeSchema, usdSchema } from '../list.schema';

const MAX_DAYS = 400;
const DAY_MS = 86_400_000;

const sums = {
  requests: z.number().int(),
  errors: z.number().int().describe('Calls answered with 400 or more'),
  input_tokens: z.number().int(),
  cached_input_tokens: z.number().int(),
  output_tokens: z.number().int(),
  reasoning_tokens: z.number().int(),
  cost_usd: usdSchema.describe('At price'),
  charged_usd: usdSchema.describe('What the account paid of it'),
};
const keyUsageSchema = z.object({
  key_id: z.uuid(),
  from: z.iso.date(),
  to: z.iso.date(),
  last_used_at: timeSchema.nullable(),
  ...sums,
  days: z.array(z.object({ day: z.iso.date(), ...sums })).describe('UTC days with at least one call'),
});
const keyUsageQuerySchema = z
  .strictObject({ from: z.iso.date().optional().describe('First UTC day; 30 days in all unless told'), to: z.iso.date().optional().describe('Last UTC day; today unless told') })
  .refine(({ from, to }) => from === undefined || (Date.parse(to ?? new Date().toISOString()) - Date.parse(from)) / DAY_MS < MAX_DAYS, { path: ['from'], message: `must be less than ${MAX_DAYS} days before to` });

export class KeyUsageQueryDto extends createZodDto(keyUsageQuerySchema) {}
export class KeyUsageDto extends createZodDto(keyUsageSchema) {}

export function toKeyUsage({ keyId, firstDay, lastDay }: KeyUsageRange, lastUsedAt: Date | null, days: readonly DayOfKey[]): z.output<typeof keyUsageSchema> {
  const total = (name: 'requests' | 'errors' | 'inputTokens' | 'cachedInputTokens' | 'outputTokens' | 'reasoningTokens') => days.reduce((sum, day) => sum + day[name], 0);
  const nano = (name: 'costNanoUsd' | 'chargedNanoUsd') => days.reduce<NanoUsd>((sum, day) => sum + day[name], 0n);
  const whole: Omit<DayOfKey, 'day'> = {
    requests: total('requests'), errors: total('errors'), inputTokens: total('inputTokens'), cachedInputTokens: total('cachedInputTokens'), outputTokens: total('outputTokens'),
    reasoningTokens: total('reasoningTokens'), costNanoUsd: nano('costNanoUsd'), chargedNanoUsd: nano('chargedNanoUsd'),
  };
  return { key_id: keyId, from: firstDay, to: lastDay, last_used_at: lastUsedAt?.toISOString() ?? null, ...toSums(whole), days: days.map((day) => ({ day: day.day, ...toSums(day) })) };
}

function toSums({ requests, errors, inputTokens, cachedInputTokens, outputTokens, reasoningTokens, costNanoUsd, chargedNanoUsd }: Omit<DayOfKey, 'day'>) {
  return {
    requests, errors, input_tokens: inputTokens, cached_input_tokens: cachedInputTokens, output_tokens: outputTokens, reasoning_tokens: reasoningTokens, cost_usd: formatUsd(costNanoUsd),
    charged_usd: formatUsd(chargedNanoUsd),
  };
}
