type Schema = Readonly<Record<string, unknown>>;

/** More than any sane tool declares; a hostile schema costs no more than this. */
const MAX_NODES = 500;
const MAX_DEPTH = 12;
const FORMATS: Readonly<Record<string, string>> = {
  date: '2025-01-01',
  time: '12:00:00Z',
  'date-time': '2025-01-01T12:00:00Z',
  email: 'someone@example.com',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
  ipv4: '192.0.2.1',
};

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function amount(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}

/** `#/$defs/name` and its like, by JSON pointer; anything else means nothing here. */
function resolveRef(root: Schema, ref: unknown): unknown {
  if (typeof ref !== 'string' || !ref.startsWith('#')) return {};
  const steps = ref.slice(1).split('/').slice(1).map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return steps.reduce<unknown>((at, step) => (isSchema(at) && Object.hasOwn(at, step) ? at[step] : undefined), root);
}

function typeOf(schema: Schema): unknown {
  const declared = [schema['type']].flat();
  return declared.find((type) => type !== 'null') ?? declared[0] ?? (isSchema(schema['properties']) ? 'object' : schema['items'] === undefined ? undefined : 'array');
}

function numberFor(schema: Schema, isInteger: boolean): number {
  const step = amount(schema['multipleOf'], isInteger ? 1 : 0);
  const low = Math.max(amount(schema['minimum'], -Infinity), amount(schema['exclusiveMinimum'], -Infinity) + (step || 0.5));
  const high = Math.min(amount(schema['maximum'], Infinity), amount(schema['exclusiveMaximum'], Infinity) - (step || 0.5));
  const value = low > -Infinity ? low : Math.min(high, 1);
  return step > 0 ? Math.ceil(value / step) * step : value;
}

function stringFor(schema: Schema, words: string): string {
  const known = FORMATS[String(schema['format'])];
  if (known !== undefined) return known;
  const longest = Math.min(amount(schema['maxLength'], 80), 1000);
  return words.slice(0, longest).padEnd(Math.min(amount(schema['minLength'], 0), 1000), '.');
}

/** The smallest value that shows every required part of a JSON schema, texts filled with `words`. Bounded, and blind to `pattern`. */
export function instanceOf(schema: unknown, words: string): unknown {
  const root = isSchema(schema) ? schema : {};
  let nodes = 0;

  function objectFor(at: Schema, depth: number): Record<string, unknown> {
    const properties = isSchema(at['properties']) ? at['properties'] : {};
    const names = Array.isArray(at['required']) ? at['required'].filter((name): name is string => typeof name === 'string') : Object.keys(properties);
    return Object.fromEntries(names.slice(0, MAX_NODES).map((name) => [name, make(Object.hasOwn(properties, name) ? properties[name] : {}, depth + 1)]));
  }

  function arrayFor(at: Schema, depth: number): unknown[] {
    const prefix = Array.isArray(at['prefixItems']) ? at['prefixItems'] : [];
    const least = Math.min(Math.max(amount(at['minItems'], 0), depth < MAX_DEPTH / 2 ? Math.min(amount(at['maxItems'], 1), 1) : 0), MAX_NODES);
    return Array.from({ length: Math.max(least, prefix.length) }, (_, i) => make(prefix[i] ?? at['items'] ?? {}, depth + 1));
  }

  function make(node: unknown, depth: number): unknown {
    if (++nodes > MAX_NODES || depth > MAX_DEPTH || !isSchema(node)) return null;
    if (node['$ref'] !== undefined) return make(resolveRef(root, node['$ref']), depth + 1);
    if (node['const'] !== undefined) return node['const'];
    if (Array.isArray(node['enum'])) return node['enum'][0] ?? null;
    const variants = node['anyOf'] ?? node['oneOf'];
    if (Array.isArray(variants)) return make(variants.find((v) => isSchema(v) && v['type'] !== 'null') ?? variants[0], depth + 1);
    if (Array.isArray(node['allOf'])) return Object.assign({}, ...node['allOf'].map((part) => make(part, depth + 1)), node['properties'] ? objectFor(node, depth) : {});
    switch (typeOf(node)) {
      case 'object': return objectFor(node, depth);
      case 'array': return arrayFor(node, depth);
      case 'integer': return numberFor(node, true);
      case 'number': return numberFor(node, false);
      case 'boolean': return true;
      case 'null': return null;
      default: return stringFor(node, words);
    }
  }

  return make(root, 0);
}
