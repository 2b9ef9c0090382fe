import { DomainError, type Credential, type ErrorCode } from '@higress/kernel';
import type { AnswerHeaders } from '../provider.adapter';
import { providerWords, type ProviderWords } from './provider-words';
import { retryAfterMs } from './retry-after';

/** Statuses that speak of our credential, our account or our configuration there, never of the caller's request. */
const OURS = new Set([401, 402, 403, 404, 405, 406, 407, 410, 411, 421, 425, 426, 428, 431]);
/** The same faults, where a provider reports them as a 400. */
const OUR_CODES = new Set(['invalid_api_key', 'API_KEY_INVALID', 'account_deactivated', 'billing_hard_limit_reached', 'billing_not_active', 'insufficient_quota', 'model_not_found', 'DeploymentNotFound']);
const OWN_CODE: Partial<Record<number, ErrorCode>> = { 413: 'REQUEST_TOO_LARGE', 415: 'UNSUPPORTED_MEDIA_TYPE' };
const CONTEXT_TOO_LONG = /maximum context length|context length (?:is )?exceeded|context window|prompt is too long/i;
/** An account without money there does not recover in seconds. */
const NO_QUOTA_REST_MS = 60_000;

/** Clients act on OpenAI's code, which other servers leave out. */
function callersCode(words: ProviderWords): string | undefined {
  if (words.code === undefined && CONTEXT_TOO_LONG.test(words.message ?? '')) return 'context_length_exceeded';
  return words.code ?? undefined;
}

/** The caller's own mistake: it keeps the provider's status and words. */
function passOn(status: number, words: ProviderWords): DomainError {
  return new DomainError(OWN_CODE[status] ?? 'INVALID_REQUEST', {
    http: status,
    message: words.message ?? `The provider refused the request with status ${status}.`,
    source: 'client',
    param: words.param,
    upstreamStatus: status,
    upstreamCode: callersCode(words),
  });
}

/** OpenAI's meaning of statuses, which every provider that speaks its dialect shares. See {@link ProviderAdapter.explain}. */
export function explainRefusal(status: number, headers: AnswerHeaders, body: Uint8Array, credential?: Credential | null): DomainError {
  const words = providerWords(body, credential?.value.reveal());
  const about = { upstreamStatus: status, retryAfterMs: retryAfterMs(headers), cause: words.message };
  if (status === 429) return new DomainError('UPSTREAM_RATE_LIMITED', { ...about, retryAfterMs: about.retryAfterMs ?? (words.code === 'insufficient_quota' ? NO_QUOTA_REST_MS : undefined) });
  if (status === 408) return new DomainError('UPSTREAM_TIMEOUT', about);
  if (status >= 200 && status < 300) return new DomainError('UPSTREAM_INVALID_RESPONSE', about);
  if (status >= 400 && status < 499 && status !== 409 && !OURS.has(status) && !OUR_CODES.has(words.code ?? '')) return passOn(status, words);
  return new DomainError('UPSTREAM_ERROR', about);
}
