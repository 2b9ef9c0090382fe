import { isObject, type Json } from '../canonical/fields';

/** Google's own schemas shout their types and call a type that may be null `nullable`; everybody else's are JSON Schema. */
export function toJsonSchema(schema: Json): Json {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(schema)) {
    if (name === 'nullable') continue;
    if (name === 'type' && typeof value === 'string') out.type = schema.nullable === true ? [value.toLowerCase(), 'null'] : value.toLowerCase();
    else if (name === 'properties' && isObject(value)) out.properties = Object.fromEntries(Object.entries(value).map(([key, property]) => [key, isObject(property) ? toJsonSchema(property) : property]));
    else if (name === 'items' && isObject(value)) out.items = toJsonSchema(value);
    else if (name === 'anyOf' && Array.isArray(value)) out.anyOf = value.map((option) => (isObject(option) ? toJsonSchema(option) : option));
    else if (name !== 'propertyOrdering') out[name] = value;
  }
  return out;
}
