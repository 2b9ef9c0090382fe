import { parseUsd } from '@higress/kernel';
import { z } from 'zod';

/** What every list takes. */
export const listShape = {
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  cursor: z.uuid().optional(),
};

/** `csv` gives every row that the filter leaves, not one page of them. */
export const formatSchema = z.enum(['json', 'csv']).default('json');

/** A moment in a query, as a JavaScript date. */
export const momentSchema = z.union([z.iso.datetime({ offset: true }), z.iso.date()], 'must be a time such as 2027-01-31T00:00:00Z').transform((text) => new Date(text));

/** `{data, next_cursor}`. */
export const listOf = <T extends z.ZodType>(row: T) => z.object({ data: z.array(row), next_cursor: z.string().nullable().describe('Pass it as `cursor` for the next page; null on the last one.') });

/** A decimal string of USD. */
export const usdSchema = z.string().describe('USD, a decimal string with at most 9 decimals');
/** An amount in a query below which rows are left out, as nano-USD. */
export const leastSchema = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,9})?$/, 'must be a decimal number of USD, at most 9 digits before and after the point')
  .transform(parseUsd);
/** RFC 3339, in UTC. */
export const timeSchema = z.iso.datetime();
