import { BILLING_MODES, budgetsSchema, keyPolicyShape, limitsSchema, nameSchema, parseUsd, PROVIDER_DIALECTS, ROUTING_STRATEGIES } from '@higress/kernel';
import { z } from 'zod';

const oneOf = <const T extends readonly string[]>(values: T) => z.enum(values, `must be one of ${values.join(', ')}`);
const status = oneOf(['active', 'disabled']).default('active');
const timeoutMs = z.number().int().positive().max(3_600_000);

/** A decimal amount of USD, kept as its exact text. A YAML number is taken where it loses nothing. What calls cost and accounts hold stays within 64 bits of nano-USD. */
const usdUpTo = (most: string) =>
  z
    .union([z.string(), z.number()], 'must be a decimal string of USD such as "0.15"')
    .transform((value) => (typeof value === 'number' ? String(value) : value.trim()))
    .refine((text) => isAmount(text, parseUsd(most)), `must be a decimal string of USD such as "0.15", not negative, with at most 9 decimals, at most ${most}`);

function isAmount(text: string, most: bigint): boolean {
  try {
    const nano = parseUsd(text);
    return nano >= 0n && nano <= most;
  } catch {
    return false;
  }
}

const part = usdUpTo('1000000').optional();
/** USD per million tokens; `per_…` in USD for each. What is left out costs what its whole costs. */
export const pricePartsShape = {
  input: part, output: part, cached_input: part, cache_write: part, reasoning: part, per_request: part, long_cache_write: part, audio_input: part, audio_output: part, image_input: part, image_output: part,
  per_image: part, per_second: part, per_character: part, per_search: part,
};
const NOT_TOKENS = ['per_request', 'per_image', 'per_second', 'per_character', 'per_search'];
const priceParts = z.strictObject(pricePartsShape).refine(
  (price) => {
    if (price.input !== undefined && price.output !== undefined) return true;
    const named = Object.entries(price).flatMap(([name, amount]) => (amount === undefined ? [] : [name]));
    return named.length > 0 && named.every((name) => NOT_TOKENS.includes(name));
  },
  { message: 'must name input and output, or per_request, per_image, per_second, per_character or per_search alone: an unknown price is never zero' },
);
export const priceSchema = z.union([z.literal('free'), priceParts], { error: (issue) => (typeof issue.input === 'object' ? undefined : 'must be `free` or an object such as { input: "0.15", output: "0.60" }') });

export const credentialShape = { value: z.string().min(1).max(8192), weight: z.number().int().positive().max(1_000_000).default(1) };

const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be a header name');
const headerValue = z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must be one line of Latin-1');

/** What the API and the file say of a provider, its credentials apart. */
export const providerShape = {
  name: nameSchema,
  dialect: oneOf(PROVIDER_DIALECTS),
  base_url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).transform((url) => url.replace(/\/+$/, '')).optional(),
  headers: z.record(headerName, headerValue).default({}),
  timeouts: z.strictObject({ connect_ms: timeoutMs, first_token_ms: timeoutMs, idle_ms: timeoutMs, total_ms: timeoutMs }).partial().default({}),
  status,
};
export const newProviderSchema = z
  .strictObject({ ...providerShape, credentials: z.array(z.strictObject(credentialShape)).default([]) })
  .refine((given) => given.dialect === 'simulator' || given.base_url !== undefined, { path: ['base_url'], message: 'is needed: only the simulator has none' });

/** What both say of a deployment, its model, provider and price apart. */
export const deploymentShape = {
  upstream_model: z.string().min(1).max(200),
  priority: z.number().int().min(0).max(1_000_000).default(1),
  weight: z.number().int().min(0).max(1_000_000).default(100),
  max_output_tokens: z.number().int().positive().max(1_000_000_000).nullable().default(null),
  status,
};
const deployment = z.strictObject({ provider: nameSchema, ...deploymentShape, price: priceSchema.optional() });

/** What both say of a model, its deployments apart. */
const modelName = z.string().trim().min(1).max(200).refine((name) => name.indexOf('*') === name.lastIndexOf('*'), 'must have one `*` at most');
export const modelShape = { name: modelName, strategy: oneOf(ROUTING_STRATEGIES).default('priority-weight'), status };
const model = z.strictObject({ ...modelShape, deployments: z.array(deployment).default([]) });

const tenant = z.strictObject({ name: nameSchema, billing: oneOf(BILLING_MODES), opening_credit_usd: usdUpTo('1000000000').optional(), limits: limitsSchema.prefault({}), budgets: budgetsSchema.optional(), status });

const keyValue = z
  .string()
  .min(32, 'must have at least 32 characters')
  .max(512, 'must have at most 512 characters')
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces');
/** Without `signing`: a signing secret is shown once, to whoever makes the key through the API. */
const { models, endpoints, allowed_ips, expires_at, limits, cache, tags } = keyPolicyShape;
const key = z.strictObject({ tenant: nameSchema, name: nameSchema, value: keyValue.optional(), models, endpoints, allowed_ips, expires_at, limits, budgets: budgetsSchema.optional(), cache, tags, status });

/** What gateway.yaml may hold. Every list may be left out; a field that is not here is a fault. */
export const gatewayFileSchema = z.strictObject({
  providers: z.array(newProviderSchema).default([]),
  models: z.array(model).default([]),
  tenants: z.array(tenant).default([]),
  keys: z.array(key).default([]),
});

export type GatewayFile = z.output<typeof gatewayFileSchema>;
export type FileProvider = GatewayFile['providers'][number];
export type FileModel = GatewayFile['models'][number];
export type FileDeployment = FileModel['deployments'][number];
export type FilePrice = NonNullable<FileDeployment['price']>;
export type FileTenant = GatewayFile['tenants'][number];
export type FileKey = GatewayFile['keys'][number];
