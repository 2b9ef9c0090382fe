import type { Principal } from '@higress/kernel';
import { type Permit, rateLimitHeaders } from '@higress/rate-limit';
import type { FlatHeaders, InferenceCall } from './call';
import type { AnswerHead } from './exchange';

/** What of a provider's header the internal channel sees; the external one sees nothing of it. */
const SHOWN_INTERNALLY = ['openai-processing-ms', 'openai-version', 'openai-model'];
const PRINTABLE = /^[\x20-\x7e]*$/;

/** The header of an answer that succeeded. */
export function answerHeaders(call: InferenceCall, permit: Permit, contentType: string): FlatHeaders {
  const headers = rateLimitHeaders(permit.view, permit.degraded);
  headers.push('content-type', contentType, 'x-request-id', call.requestId);
  return headers;
}

/** What a provider's header adds to it: only what a header of ours can carry. */
export function providerHeaders(principal: Principal, answer: AnswerHead): FlatHeaders {
  if (principal.channel !== 'internal') return [];
  return SHOWN_INTERNALLY.flatMap((name) => {
    const value = answer.headers[name];
    return typeof value === 'string' && PRINTABLE.test(value) ? [name, value] : [];
  });
}

/** Names what a provider was not asked, although the caller wanted it. */
export function droppedHeader(dropped: readonly string[]): FlatHeaders {
  return dropped.length > 0 ? ['x-gateway-dropped-params', dropped.join(', ').replace(/[^\x20-\x7e]/g, '?')] : [];
}
