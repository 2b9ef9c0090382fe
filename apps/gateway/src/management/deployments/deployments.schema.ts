import { deploymentShape, priceSchema } from '@higress/catalog';
import type { DeploymentEntity } from '@higress/database';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf, listShape, timeSchema } from '../list.schema';
import { patchOf } from '../patch-of';

const one = (...given: unknown[]) => given.filter((value) => value !== undefined).length === 1;
const newDeploymentSchema = z
  .strictObject({
    model_id: z.uuid().optional(),
    model: z.string().max(200).optional().describe('Its name, instead of model_id'),
    provider_id: z.uuid().optional(),
    provider: z.string().max(100).optional().describe('Its name, instead of provider_id'),
    ...deploymentShape,
    price: priceSchema.optional().describe('USD per million tokens, or `free`. Without one charged tenants are refused'),
  })
  .refine(({ model_id, model }) => one(model_id, model), { path: ['model_id'], message: 'either it or model must be there' })
  .refine(({ provider_id, provider }) => one(provider_id, provider), { path: ['provider_id'], message: 'either it or provider must be there' });
const deploymentSchema = z.object({
  id: z.uuid(),
  model_id: z.uuid(),
  provider_id: z.uuid(),
  upstream_model: z.string(),
  priority: z.number().int(),
  weight: z.number().int(),
  max_output_tokens: z.number().int().nullable(),
  status: z.enum(['active', 'disabled']),
  managed_by: z.enum(['api', 'file']),
  created_at: timeSchema,
  updated_at: timeSchema,
});

export class NewDeploymentDto extends createZodDto(newDeploymentSchema) {}
export class DeploymentPatchDto extends createZodDto(patchOf(deploymentShape)) {}
export class DeploymentDto extends createZodDto(deploymentSchema) {}
export class DeploymentListDto extends createZodDto(listOf(deploymentSchema)) {}
export class DeploymentQueryDto extends createZodDto(z.strictObject({ ...listShape, model_id: z.uuid().optional(), provider_id: z.uuid().optional() })) {}

export function toDeployment(row: DeploymentEntity): z.output<typeof deploymentSchema> {
  const { id, modelId, providerId, upstreamModel, priority, weight, maxOutputTokens, status, managedBy, createdAt, updatedAt } = row;
  return {
    id, model_id: modelId, provider_id: providerId, upstream_model: upstreamModel, priority, weight, max_output_tokens: maxOutputTokens, status, managed_by: managedBy, created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}
