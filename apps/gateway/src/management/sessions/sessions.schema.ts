import type { SessionEntity } from '@higress/database';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf, listShape, timeSchema } from '../list.schema';

const sessionSchema = z.object({
  id: z.uuid(),
  user_id: z.uuid(),
  ip: z.string().nullable().describe('Of its last sign-in or refresh'),
  user_agent: z.string().nullable(),
  created_at: timeSchema,
  last_used_at: timeSchema,
  expires_at: timeSchema,
  ended_at: timeSchema.nullable(),
  ended_reason: z.string().nullable(),
  current: z.boolean().describe('The one that asks'),
});
const querySchema = z.strictObject({
  ...listShape,
  tenant_id: z.uuid().optional(),
  user_id: z.uuid().optional(),
  ended: z.enum(['true', 'false']).default('false').describe('Those that have ended, too').transform((text) => text === 'true'),
});

export class SessionDto extends createZodDto(sessionSchema) {}
export class SessionListDto extends createZodDto(listOf(sessionSchema)) {}
export class SessionQueryDto extends createZodDto(querySchema) {}
export class OwnSessionQueryDto extends createZodDto(z.strictObject(listShape)) {}

export function toSession(row: SessionEntity, currentId: string): z.output<typeof sessionSchema> {
  return {
    id: row.id,
    user_id: row.userId,
    ip: row.ip,
    user_agent: row.userAgent,
    created_at: row.createdAt.toISOString(),
    last_used_at: row.lastUsedAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
    ended_at: row.revokedAt?.toISOString() ?? null,
    ended_reason: row.revokedReason,
    current: row.id === currentId,
  };
}
