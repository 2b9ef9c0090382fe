/** One text for one value: keys sorted at every depth, what JSON cannot hold dropped. What is hashed must not depend on the order of insertion. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (isPlainObject(part) ? sorted(part) : part)) ?? 'null';
}

const isPlainObject = (part: unknown): part is Record<string, unknown> => typeof part === 'object' && part !== null && !Array.isArray(part);

const sorted = (part: Record<string, unknown>) => Object.fromEntries(Object.keys(part).sort().map((key) => [key, part[key]]));
