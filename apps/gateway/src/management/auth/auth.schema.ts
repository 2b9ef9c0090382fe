import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { passwordSchema } from '../users/users.schema';

const typedSchema = z.string().min(1).max(1024);
const loginSchema = z.strictObject({ email: z.string().min(3).max(320), password: typedSchema });
const refreshSchema = z.strictObject({ refresh_token: z.string().min(1).max(512) });
const tokensSchema = z.object({ access_token: z.string(), refresh_token: z.string(), token_type: z.literal('bearer'), expires_in: z.number().int().describe('Life of the access token, in seconds') });
const meSchema = z.object({ id: z.uuid(), email: z.string(), tenant_id: z.uuid(), session_id: z.uuid(), roles: z.array(z.string()), permissions: z.array(z.string()) });

export class LoginDto extends createZodDto(loginSchema) {}
export class RefreshDto extends createZodDto(refreshSchema) {}
export class PasswordChangeDto extends createZodDto(z.strictObject({ current_password: typedSchema, new_password: passwordSchema })) {}
export class PasswordResetDto extends createZodDto(z.strictObject({ reset_token: z.string().min(1).max(128), new_password: passwordSchema })) {}
export class TokensDto extends createZodDto(tokensSchema) {}
export class MeDto extends createZodDto(meSchema) {}
