import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { momentSchema } from '../list.schema';

const querySchema = z.strictObject({
  source: z.string().trim().min(1).max(200).optional().describe('Where the list comes from, for whoever looks at the prices later'),
  valid_from: momentSchema.optional().describe('From when on the prices hold; left out: from now on'),
  start_set: z.stringbool().default(false).describe('Import the list that comes with the gateway instead of a body. Compare it with the providers’ pages before you bill by it'),
});
const reportSchema = z.object({
  added: z.number().int().describe('Models that are new, or cost something else'),
  unchanged: z.number().int(),
  skipped: z.array(z.object({ name: z.string(), reason: z.string() })).describe('What was left out, and why; the first thousand'),
});

export class PriceImportQueryDto extends createZodDto(querySchema) {}
export class PriceImportReportDto extends createZodDto(reportSchema) {}
