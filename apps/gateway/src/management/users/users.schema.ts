import { type Person, ROLES } from '@higress/auth';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf, listShape, timeSchema } from '../list.schema';

export const passwordSchema = z.string().min(12).max(1024).describe('At least 12 characters');
/** One spelling of what looks alike, and nothing that cannot be seen. */
const emailSchema = z.string().normalize('NFKC').trim().max(320).regex(/^[^@\s]+@[^@\s]+$/, 'must be an e-mail address')
  // Apart from the pattern, which the API's description shows: not every reader of it knows classes of characters.
  .refine((address) => !/[\p{C}\p{Z}]/u.test(address), 'must be an e-mail address');
const rolesSchema = z.array(z.enum(ROLES)).min(1).max(ROLES.length);
const status = z.enum(['active', 'banned']);

const newUserSchema = z.strictObject({
  tenant_id: z.uuid().optional().describe('The caller’s own, unless named'),
  email: emailSchema,
  password: passwordSchema.optional().describe('Without one the answer has a reset token, with which the person sets their own'),
  roles: rolesSchema.default(['member']),
});
const userSchema = z.object({ id: z.uuid(), tenant_id: z.uuid(), email: z.string(), status, roles: z.array(z.enum(ROLES)), created_at: timeSchema, updated_at: timeSchema });
const resetSchema = z.object({ reset_token: z.string().describe('Shown this once: POST auth/password/reset takes it'), expires_at: timeSchema });
const madeUserSchema = userSchema.extend({ reset_token: z.string().optional().describe('Shown this once, where no password was given'), reset_expires_at: timeSchema.optional() });
const querySchema = z.strictObject({ ...listShape, tenant_id: z.uuid().optional(), email: z.string().max(320).optional(), status: status.optional(), role: z.enum(ROLES).optional() });

export class NewUserDto extends createZodDto(newUserSchema) {}
export class UserChangeDto extends createZodDto(z.strictObject({ email: emailSchema })) {}
/** A ban needs no reason, and so no body. */
export class BanDto extends createZodDto(z.strictObject({ reason: z.string().max(500).nullable().default(null) }).prefault({})) {}
export class RolesDto extends createZodDto(z.strictObject({ roles: rolesSchema })) {}
export class UserDto extends createZodDto(userSchema) {}
export class MadeUserDto extends createZodDto(madeUserSchema) {}
export class UserListDto extends createZodDto(listOf(userSchema)) {}
export class UserQueryDto extends createZodDto(querySchema) {}
export class ResetDto extends createZodDto(resetSchema) {}

export function toUser({ user, roles }: Person): z.output<typeof userSchema> {
  return { id: user.id, tenant_id: user.tenantId, email: user.email, status: user.status, roles: [...roles], created_at: user.createdAt.toISOString(), updated_at: user.updatedAt.toISOString() };
}
