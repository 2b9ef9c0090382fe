import { z } from 'zod';
import { NO_LIMITS, type Limits } from './limits';

const bound = z.number().int().positive().max(1_000_000_000_000).nullable().default(null);

/** Limits as the API and gateway.yaml write them: every field may be left out, no other may be there. */
export const limitsSchema = z.strictObject({ rpm: bound, tpm: bound, rpd: bound, tpd: bound, concurrent: bound, burst: bound, unlimited: z.boolean().default(false) });

/** Limits as they are stored. Fields of a newer version are dropped. */
export function readLimits(stored: unknown): Limits {
  const read = z.object(limitsSchema.shape).safeParse(stored ?? {});
  return read.success ? read.data : NO_LIMITS;
}
