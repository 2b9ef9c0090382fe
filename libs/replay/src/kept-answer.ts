/** The largest answer that is kept to be given again; a larger one is given once. */
export const MAX_KEPT_BYTES = 2 * 1024 * 1024;

/** An answer as it was given, without what belongs to one request alone: its id, its limits. */
export interface KeptAnswer {
  /** Of the request that made it. */
  readonly requestId: string;
  readonly status: number;
  /** True where it was a stream: it is given again as one. */
  readonly stream: boolean;
  /** Flat: names and values by turns. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

const LF = 0x0a;

/** One line of JSON, then the body as it is. */
export function encodeAnswer({ body, ...head }: KeptAnswer): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]);
}

/** Null for what was not written by {@link encodeAnswer}, or by another version of it. */
export function decodeAnswer(bytes: Buffer): KeptAnswer | null {
  const end = bytes.indexOf(LF);
  try {
    const { requestId, status, stream, headers } = JSON.parse(bytes.toString('utf8', 0, end)) as Record<string, unknown>;
    if (typeof requestId !== 'string' || typeof status !== 'number' || typeof stream !== 'boolean' || !isTexts(headers)) return null;
    return { requestId, status, stream, headers, body: bytes.subarray(end + 1) };
  } catch {
    return null;
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
