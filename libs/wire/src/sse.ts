/** The last event of a stream in OpenAI's dialect. */
export const OPENAI_DONE = Buffer.from('data: [DONE]\n\n');

/** A comment: every client skips it, and it keeps proxies from closing a silent connection. */
export const KEEP_ALIVE = Buffer.from(': keep-alive\n\n');

/** One unnamed event. `json` must be one line, as JSON.stringify makes it. */
export function sseData(json: string): Buffer {
  return Buffer.from(`data: ${json}\n\n`);
}

/** The last bytes of a stream, with what its caller is to know beside it in front of them, or null: every client reads past a comment, and JSON is one line. */
export function withAside(aside: Readonly<Record<string, unknown>> | null, last: Buffer): Buffer {
  return aside ? Buffer.concat([Buffer.from(`: gateway ${JSON.stringify(aside)}\n\n`), last]) : last;
}
