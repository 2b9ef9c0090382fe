import type { ErrorDialect } from '@higress/wire';

/** In whose words a path answers its errors. */
export function errorDialectOf(path: string): ErrorDialect {
  if (/^(\/internal)?\/v1\/messages(\/|\?|$)/.test(path)) return 'anthropic';
  if (path.startsWith('/v1beta/')) return 'gemini';
  return path.startsWith('/v1/') || path.startsWith('/internal/') ? 'openai' : 'management';
}
