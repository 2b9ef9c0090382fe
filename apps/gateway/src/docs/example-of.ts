/** The part of JSON Schema that our schemas use. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly example?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
}

/** What a field of this name usually holds, where its schema says no more than that it is text. */
const BY_NAME: Readonly<Record<string, string>> = {
  name: 'acme', email: 'ada@example.com', password: 'correct horse battery staple', current_password: 'correct horse battery staple', new_password: 'another horse, another battery', access_token: 'eyJhbGciOi…', refresh_token: 'rt_4f8…', key: 'sk-9pX…', signing_secret: 'k3V…',
  models: 'gpt-*', endpoints: 'chat/completions', allowed_ips: '192.0.2.0/24', roles: 'admin', permissions: 'keys:read', tags: 'search', team: 'search',
  prefix: 'sk-9pX2a', note: 'invoice 2027-01', reason: 'guesses keys', message: 'The body does not fit the schema.', next_cursor: '0194f3b2-6c1e-7a40-8d3b-5e9f1a2b3c4d', model: 'gpt-4o-mini', upstream_model: 'gpt-4o-mini', provider: 'openai', base_url: 'https://api.openai.com/v1', cidr: '192.0.2.0/24', value: 'sk-proj-…',
};
const BY_FORMAT: Readonly<Record<string, string>> = { uuid: '0194f3b2-6c1e-7a40-8d3b-5e9f1a2b3c4d', 'date-time': '2027-01-31T12:00:00.000Z', date: '2027-01-31', email: 'ada@example.com', uri: 'https://example.com/', ipv4: '192.0.2.1', ipv6: '2001:db8::1', cidrv4: '192.0.2.0/24', cidrv6: '2001:db8::/32' };

/**
 * A value that the schema accepts, the same every time.
 * @param schemas what `$ref`s name
 * @param name of the field that it is for
 */
export function exampleOf(schema: JsonSchema, schemas: Readonly<Record<string, unknown>>, name = ''): unknown {
  const given = schema.example ?? schema.examples?.[0] ?? schema.const ?? schema.enum?.[0];
  if (given !== undefined) return given;
  if (schema.$ref !== undefined) return exampleOf((schemas[schema.$ref.split('/').at(-1) as string] ?? {}) as JsonSchema, schemas, name);
  if (schema.default !== undefined && schema.default !== null) return schema.default;
  const choice = (schema.anyOf ?? schema.oneOf)?.find(({ type }) => type !== 'null');
  if (choice) return exampleOf(choice, schemas, name);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => exampleOf(part, schemas, name)));
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.find((one) => one !== 'null');
  switch (type) {
    case 'object':
      return exampleObject(schema, schemas);
    case 'array':
      return schema.items ? [exampleOf(schema.items, schemas, name)] : Array.from({ length: schema.minItems ?? 0 }, () => ({}));
    case 'integer':
    case 'number':
      return Math.max(1, schema.minimum ?? 1, (schema.exclusiveMinimum ?? 0) + 1);
    case 'boolean':
      return false;
    case 'string':
      return BY_FORMAT[schema.format ?? ''] ?? BY_NAME[name] ?? (name.endsWith('_usd') ? '12.5' : 'text'.padEnd(schema.minLength ?? 0, '-'));
    default:
      return null;
  }
}

function exampleObject({ properties = {}, additionalProperties }: JsonSchema, schemas: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(properties).map(([field, schema]) => [field, exampleOf(schema, schemas, field)]);
  if (entries.length === 0 && typeof additionalProperties === 'object') entries.push(['team', exampleOf(additionalProperties, schemas, 'team')]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}
