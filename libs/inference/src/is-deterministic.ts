import type { InferenceCall } from './call';

/**
 * Whether the same conversation may be given the same answer: not where it asks for chance by a temperature above 0. One that names no temperature
 * may, because whoever turned the cache on has asked for exactly that.
 */
export function isDeterministic(endpoint: InferenceCall['endpoint'], body: Readonly<Record<string, unknown>>): boolean {
  const { temperature } = (endpoint === 'generateContent' ? (body.generationConfig ?? body.generation_config ?? {}) : body) as { temperature?: unknown };
  return temperature === undefined || temperature === null || temperature === 0;
}
