const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const OWN_PARAMETER = 'Idempotency-Key';

/** `libs/client/src/operations.generated.ts`: the operations of the management API and their schemas, as TypeScript. */
export function clientTypes(document, prefix) {
  const schemas = document.components?.schemas ?? {};
  const names = typeNames(Object.keys(schemas));
  const print = printer(names);
  const operations = Object.entries(document.paths)
    .filter(([path]) => path.startsWith(`${prefix}/`))
    .flatMap(([path, item]) => METHODS.filter((method) => item[method]).map((method) => [`${method.toUpperCase()} ${path.slice(prefix.length)}`, operationType(item[method], print)]))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    '// Generated from the OpenAPI document by `npm run generate`. Do not edit.',
    '',
    ...Object.keys(schemas).sort().flatMap((key) => [`export type ${names.get(key)} = ${print(schemas[key], '')};`, '']),
    'export interface Operations {',
    ...operations.map(([name, type]) => `  '${name}': ${type};`),
    '}',
    '',
  ].join('\n');
}

/** `NewKeyDto` is `NewKey`, `KeyDto_Output` is `Key`; where both sides of one exist the input keeps its own name. */
function typeNames(keys) {
  const names = new Map();
  const taken = new Set();
  for (const key of [...keys].sort((a, b) => Number(b.endsWith('_Output')) - Number(a.endsWith('_Output')))) {
    const short = key.replace(/_Output$/, '').replace(/Dto$/, '');
    const name = taken.has(short) ? `${short}Input` : short;
    taken.add(name);
    names.set(key, name);
  }
  return names;
}

function operationType({ parameters = [], requestBody, responses }, print) {
  const members = [];
  for (const place of ['path', 'query']) {
    const here = parameters.filter((parameter) => parameter.in === place);
    if (here.length > 0) members.push(`${place}${here.some(({ required }) => required) ? '' : '?'}: { ${here.map(({ name, required, schema }) => `${propertyName(name)}${required ? '' : '?'}: ${print(schema ?? {}, '  ')}`).join('; ')} }`);
  }
  const body = requestBody?.content?.['application/json']?.schema;
  if (body) members.push(`body${requestBody.required ? '' : '?'}: ${print(body, '  ')}`);
  const own = parameters.find(({ name }) => name.toLowerCase() === OWN_PARAMETER.toLowerCase());
  if (own) members.push(`idempotencyKey${own.required ? '' : '?'}: string`);
  members.push('headers?: Record<string, string>', `answer: ${answerType(responses, print)}`);
  return `{ ${members.join('; ')} }`;
}

function answerType(responses, print) {
  const types = Object.entries(responses)
    .filter(([status]) => /^2/.test(status))
    .map(([, { content }]) => (content?.['application/json'] ? print(content['application/json'].schema ?? {}, '  ') : content ? 'string' : 'void'));
  return [...new Set(types)].join(' | ') || 'void';
}

const propertyName = (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
const literal = (value) => (typeof value === 'string' ? `'${value.replace(/[\\']/g, '\\$&')}'` : JSON.stringify(value));

function printer(names) {
  const union = (parts) => [...new Set(parts)].join(' | ') || 'never';
  const print = (schema, indent) => {
    if (schema.$ref) return names.get(schema.$ref.split('/').at(-1)) ?? 'unknown';
    if (schema.const !== undefined) return literal(schema.const);
    if (schema.enum) return union(schema.enum.map(literal));
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices) return union(choices.map((one) => print(one, indent)));
    if (schema.allOf) return schema.allOf.map((one) => print(one, indent)).join(' & ');
    if (Array.isArray(schema.type)) return union(schema.type.map((type) => print({ ...schema, type }, indent)));
    switch (schema.type) {
      case 'string':
        return 'string';
      case 'integer':
      case 'number':
        return 'number';
      case 'boolean':
        return 'boolean';
      case 'null':
        return 'null';
      case 'array':
        return `readonly ${wrapped(print(schema.items ?? {}, indent))}[]`;
      case 'object':
        return objectType(schema, indent);
      default:
        return 'unknown';
    }
  };
  const wrapped = (type) => (/[ |&]/.test(type) ? `(${type})` : type);
  const objectType = ({ properties, required = [], additionalProperties }, indent) => {
    const fields = Object.entries(properties ?? {}).map(([name, schema]) => `${indent}  readonly ${propertyName(name)}${required.includes(name) ? '' : '?'}: ${print(schema, `${indent}  `)};`);
    if (fields.length === 0) return `Readonly<Record<string, ${typeof additionalProperties === 'object' ? print(additionalProperties, indent) : additionalProperties === false ? 'never' : 'unknown'}>>`;
    return ['{', ...fields, `${indent}}`].join('\n');
  };
  return print;
}
