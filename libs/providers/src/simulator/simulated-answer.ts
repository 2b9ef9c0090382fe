/** One thing that happens to the connection, so many milliseconds after the one before. */
export type Step =
  | { readonly afterMs: number; readonly bytes: Buffer }
  /** `refuse`: no connection. `reset`: it breaks. `hang`: nothing more happens. */
  | { readonly afterMs: number; readonly fault: 'refuse' | 'reset' | 'hang' };

/** An answer to be played. Status and headers arrive with the first step that has bytes; an end of the steps ends the answer. */
export interface SimulatedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly steps: Iterable<Step>;
}

export const JSON_HEADERS = { 'content-type': 'application/json', 'openai-organization': 'simulator', 'openai-version': '2020-10-01' };
export const EVENT_HEADERS = { ...JSON_HEADERS, 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };

/** An answer that comes whole. */
export function wholeAnswer(status: number, body: unknown, afterMs: number, headers: Readonly<Record<string, string>> = {}): SimulatedAnswer {
  return { status, headers: { ...JSON_HEADERS, ...headers }, steps: [{ afterMs, bytes: Buffer.from(JSON.stringify(body)) }] };
}

const TYPE: Partial<Record<number, string>> = { 401: 'authentication_error', 403: 'permission_error', 429: 'rate_limit_error' };
const CODE: Partial<Record<number, string>> = { 401: 'invalid_api_key', 404: 'model_not_found', 413: 'context_length_exceeded', 429: 'rate_limit_exceeded' };

/** A refusal in OpenAI's form. */
export function refusal(status: number, message: string, param: string | null = null, afterMs = 0): SimulatedAnswer {
  const error = { message, type: TYPE[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error'), param, code: CODE[status] ?? null };
  return wholeAnswer(status, { error }, afterMs, status === 429 || status === 503 ? { 'retry-after': '2' } : {});
}
