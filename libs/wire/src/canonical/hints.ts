import type { CanonicalRequest } from '@higress/kernel';
import type { Json } from './fields';
import type { Loss } from './loss';

/** Members whose absence no answer shows: they concern storing, labelling, caching, priority and abuse reports. */
const HINTS = new Set([
  'store', 'metadata', 'prompt_cache_key', 'prompt_cache_retention', 'safety_identifier', 'prediction', 'stream_options', 'include', 'truncation', 'background', 'client_metadata',
  'context_management', 'inference_geo', 'speed', 'safetySettings', 'labels', 'usage', 'provider', 'transforms', 'mcp_servers_cache', 'drop_params', 'extra_body',
]);

/** Of members that only the client's own dialect has, gives those for a provider of the same dialect, and accounts for the others. */
export function extrasFor(request: CanonicalRequest, sameDialect: boolean, loss: Loss): Json {
  if (sameDialect) return request.extras;
  leaveOut(request.extras, loss);
  return {};
}

/** Accounts for members that a provider cannot be told. @throws DomainError UNSUPPORTED_PARAMETER */
export function leaveOut(extras: Json, loss: Loss): void {
  for (const [name, value] of Object.entries(extras)) {
    if (HINTS.has(name) || value === false || (Array.isArray(value) && value.length === 0)) loss.hint(name);
    else loss.param(name);
  }
}
