import { z } from 'zod';
import { ENDPOINTS } from './channel';
import { limitsSchema } from './limits.schema';

const MAX_ITEMS = 100;
const address = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], 'must be an IP address or a CIDR such as 10.0.0.0/8');

export const nameSchema = z.string().trim().min(1).max(100);

/** What a key may do, as the API and gateway.yaml write it. Left out or null: everything. */
export const keyPolicyShape = {
  /** Globs of model names, such as `gpt-*`. */
  models: z.array(z.string().min(1).max(200)).min(1).max(MAX_ITEMS).nullable().default(null),
  endpoints: z.array(z.enum(ENDPOINTS, `must be one of ${ENDPOINTS.join(', ')}`)).min(1).nullable().default(null),
  allowed_ips: z.array(address).min(1).max(MAX_ITEMS).nullable().default(null),
  expires_at: z.iso.datetime({ offset: true, error: 'must be a time such as 2027-01-31T00:00:00Z' }).nullable().default(null),
  limits: limitsSchema.prefault({}),
  signing: z.enum(['off', 'required']).default('off'),
  /** Whether its calls are answered out of the response cache without asking for it. */
  cache: z.enum(['off', 'on']).default('off'),
  tags: z.record(z.string().min(1).max(64), z.string().max(256)).refine((tags) => Object.keys(tags).length <= MAX_ITEMS, `must have at most ${MAX_ITEMS} entries`).default({}),
};

export const keyPolicySchema = z.strictObject(keyPolicyShape);
export type KeyPolicy = z.output<typeof keyPolicySchema>;
