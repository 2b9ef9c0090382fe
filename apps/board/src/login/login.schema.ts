import { z } from 'zod';

/** What the login form sends. */
export const loginForm = z.object({ email: z.string().trim().min(1).max(320), password: z.string().min(1).max(1024) });
