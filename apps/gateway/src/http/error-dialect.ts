import type { ErrorDialect } from '@higress/wire';

const MESSAGES = /^(\/internal)?\/v1\/messages(\/|\?|$)/;
const GEMINI = /^(\/internal)?\/(v1beta\/|v1\/models\/[^?]*:[a-zA-Z]+(\?|$))/;

const COHERE = /^(\/internal)?\/v2\//;

/** In whose words a path answers its errors. */
export function errorDialectOf(path: string): ErrorDialect {
  if (MESSAGES.test(path)) return 'anthropic';
  if (GEMINI.test(path)) return 'gemini';
  if (COHERE.test(path)) return 'cohere';
  return path.startsWith('/v1/') || path.startsWith('/internal/') ? 'openai' : 'management';
}
