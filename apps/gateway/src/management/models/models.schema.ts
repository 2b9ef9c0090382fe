import { modelShape } from '@higress/catalog';
import type { ModelEntity } from '@higress/database';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf, listShape, timeSchema } from '../list.schema';
import { patchOf } from '../patch-of';

const modelSchema = z.object({
  id: z.uuid(),
  name: z.string().describe('What clients ask for'),
  strategy: z.string(),
  status: z.enum(['active', 'disabled']),
  managed_by: z.enum(['api', 'file']),
  created_at: timeSchema,
  updated_at: timeSchema,
});

export class NewModelDto extends createZodDto(z.strictObject(modelShape)) {}
export class ModelPatchDto extends createZodDto(patchOf(modelShape)) {}
export class ModelDto extends createZodDto(modelSchema) {}
export class ModelListDto extends createZodDto(listOf(modelSchema)) {}
export class ModelQueryDto extends createZodDto(z.strictObject(listShape)) {}

export function toModel({ id, name, strategy, status, managedBy, createdAt, updatedAt }: ModelEntity): z.output<typeof modelSchema> {
  return { id, name, strategy, status, managed_by: managedBy, created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString() };
}
