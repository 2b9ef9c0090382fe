/** A longer body is not an error message, and parsing it would cost more than it tells. */
const MAX_BODY_BYTES = 65_536;
const MAX_MESSAGE_CHARS = 2048;
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
const NAME = /^[\w.:-]{1,64}$/;
const PARAM = /^[^\p{Cc}]{1,128}$/u;

/** What a provider says about a request that it refused. Each part is absent where the provider gave none that can be shown. */
export interface ProviderWords {
  readonly message?: string;
  readonly type?: string;
  readonly code?: string;
  readonly param?: string;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function redact(text: string, secret: string | undefined): string {
  if (!secret) return text;
  return text.replaceAll(secret, '[redacted]').replaceAll(encodeURIComponent(secret), '[redacted]');
}

/** One line of at most 2 KB, without control characters and without the credential. */
function presentable(text: unknown, secret: string | undefined): string | undefined {
  if (typeof text !== 'string') return undefined;
  const line = redact(text, secret).replace(CONTROL, ' ').trim();
  return line === '' ? undefined : line.length > MAX_MESSAGE_CHARS ? `${line.slice(0, MAX_MESSAGE_CHARS - 1)}…` : line;
}

/** FastAPI's form, which vLLM and others answer in: `detail` is a text or a list of `{ loc, msg }`. */
function fromDetail(detail: unknown): unknown {
  return Array.isArray(detail) ? detail.map((fault) => (isRecord(fault) ? String(fault['msg'] ?? '') : '')).join('; ') : detail;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Google's reason (`API_KEY_INVALID`) is more telling than its numeric code. */
function codeOf(error: Record<string, unknown>): unknown {
  const details = error['details'];
  const reason = Array.isArray(details) ? details.find((d): d is Record<string, unknown> => isRecord(d) && typeof d['reason'] === 'string')?.['reason'] : undefined;
  return reason ?? error['code'];
}

/**
 * Reads the error bodies found in the field: OpenAI's, Google's list of one, FastAPI's, `{ error: "text" }`, `{ message }`, plain text.
 * Never throws; HTML and what cannot be read give no words.
 */
export function providerWords(body: Uint8Array, secret?: string): ProviderWords {
  if (body.byteLength === 0 || body.byteLength > MAX_BODY_BYTES) return {};
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  const parsed = parse(text);
  const root: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  if (!isRecord(root)) return /^\s*[<{[]/.test(text) ? {} : { message: presentable(text, secret) };
  const inner = root['error'] ?? root;
  if (!isRecord(inner)) return { message: presentable(inner, secret) };
  const name = (value: unknown, form: RegExp) => (typeof value === 'string' && form.test(value) && value === redact(value, secret) ? value : undefined);
  return {
    message: presentable(inner['message'] ?? fromDetail(inner['detail']), secret),
    type: name(inner['type'], NAME),
    code: name(codeOf(inner), NAME),
    param: name(inner['param'], PARAM),
  };
}
