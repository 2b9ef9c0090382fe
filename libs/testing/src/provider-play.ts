/** How the fake provider behaves in one call. Every field may be left out; then it answers well, at once, in OpenAI's form. */
export interface Play {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of the answer it would make: text or bytes as they are, anything else as JSON. For streams too. */
  readonly body?: unknown;

  /** What the model says; "Hello there." unless told. A list is sent as one stream chunk each, or joined. */
  readonly text?: string | readonly string[];
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: string }[];
  readonly finishReason?: string;
  /** Null: none is told. Given: told as it is, however absurd. */
  readonly usage?: object | null;

  /** Before the status line. */
  readonly delayMs?: number;
  /** Between the events of a stream. */
  readonly chunkDelayMs?: number;
  /** Accepts the request and never says a word, until the caller goes away. */
  readonly hangs?: boolean;
  /** Sends the headers and this many events, then nothing, until the caller goes away. */
  readonly hangsAfterChunks?: number;
  /** Repeats the last content event until the caller goes away. */
  readonly endless?: boolean;

  /** TCP reset before the status line. */
  readonly resets?: boolean;
  /** TCP reset when this many bytes of the body are out; at its end when it is shorter. */
  readonly resetsAfterBytes?: number;
  /** Closes cleanly, but in the middle: a body cut short. */
  readonly closesAfterBytes?: number;

  /** Streams: how lines end; `\n` unless told. */
  readonly lineEnd?: '\n' | '\r\n' | '\r';
  /** Streams: false leaves `[DONE]` out. */
  readonly done?: boolean;
  /** Streams: a comment line before each event, as keep-alive. */
  readonly comments?: boolean;
  /** The body is written in pieces of so many bytes, wherever that cuts. */
  readonly bytesPerWrite?: number;
}

/** One event of a stream, or the whole of another body. */
export type Piece = Buffer;

const PROMPT_TOKENS = 11;
const COMPLETION_TOKENS = 7;

interface Asked {
  readonly model?: unknown;
  readonly stream?: unknown;
  readonly input?: unknown;
  readonly stream_options?: { readonly include_usage?: unknown };
}

/** The body that answers `asked` on `path`, in the pieces in which it is sent, with its content type. */
export function compose(path: string, body: unknown, play: Play): { contentType: string; pieces: Piece[] } {
  const asked = (typeof body === 'object' && body !== null ? body : {}) as Asked;
  const isStream = asked.stream === true && path.endsWith('/chat/completions') && (play.status ?? 200) < 400;
  if (play.body !== undefined) return verbatim(play.body, isStream);
  if ((play.status ?? 200) >= 400) return json({ error: { message: `The fake provider answers ${play.status}.`, type: 'fake_error', param: null, code: null } });
  if (isStream) return { contentType: 'text/event-stream', pieces: events(asked, play) };
  if (path.endsWith('/embeddings')) return json(embeddings(asked, play));
  if (path.endsWith('/models')) return json({ object: 'list', data: [{ id: 'fake-model', object: 'model', created: 1_700_000_000, owned_by: 'fake' }] });
  return json(completion(asked, play));
}

function verbatim(body: unknown, isStream: boolean): { contentType: string; pieces: Piece[] } {
  const contentType = isStream ? 'text/event-stream' : 'application/json';
  if (Buffer.isBuffer(body)) return { contentType, pieces: [body] };
  return { contentType, pieces: [Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))] };
}

function json(value: object): { contentType: string; pieces: Piece[] } {
  return { contentType: 'application/json', pieces: [Buffer.from(JSON.stringify(value))] };
}

function usageOf(play: Play): object | undefined {
  if (play.usage !== undefined) return play.usage ?? undefined;
  return { prompt_tokens: PROMPT_TOKENS, completion_tokens: COMPLETION_TOKENS, total_tokens: PROMPT_TOKENS + COMPLETION_TOKENS };
}

function wordsOf(play: Play): readonly string[] {
  const text = play.text ?? (play.toolCalls ? [] : ['Hello', ' there', '.']);
  return typeof text === 'string' ? [text] : text;
}

function toolCallsOf(play: Play): object[] {
  return (play.toolCalls ?? []).map((call, index) => ({ index, id: `call_fake_${index}`, type: 'function', function: call }));
}

function finishOf(play: Play): string {
  return play.finishReason ?? (play.toolCalls ? 'tool_calls' : 'stop');
}

function head(asked: Asked, object: string): object {
  return { id: 'chatcmpl-fake', object, created: 1_700_000_000, model: asked.model ?? 'fake-model', system_fingerprint: 'fp_fake' };
}

function completion(asked: Asked, play: Play): object {
  const calls = toolCallsOf(play);
  const message = { role: 'assistant', content: wordsOf(play).join('') || null, ...(calls.length > 0 && { tool_calls: calls }) };
  return { ...head(asked, 'chat.completion'), choices: [{ index: 0, message, finish_reason: finishOf(play) }], usage: usageOf(play) };
}

function embeddings(asked: Asked, play: Play): object {
  const inputs = Array.isArray(asked.input) ? asked.input : [asked.input];
  const data = inputs.map((_, index) => ({ object: 'embedding', index, embedding: [0.125, -0.25, 0.5] }));
  return { object: 'list', data, model: asked.model ?? 'fake-model', usage: play.usage === undefined ? { prompt_tokens: PROMPT_TOKENS, total_tokens: PROMPT_TOKENS } : (play.usage ?? undefined) };
}

function events(asked: Asked, play: Play): Piece[] {
  const chunk = (choices: object[], more: object = {}) => event({ ...head(asked, 'chat.completion.chunk'), choices, ...more }, play);
  const delta = (content: object, finish_reason: string | null = null) => chunk([{ index: 0, delta: content, finish_reason }]);
  const usage = asked.stream_options?.include_usage === true || play.usage ? usageOf(play) : undefined;
  return [
    delta({ role: 'assistant', content: '' }),
    ...wordsOf(play).map((content) => delta({ content })),
    ...toolCallsOf(play).map((call) => delta({ tool_calls: [call] })),
    delta({}, finishOf(play)),
    ...(usage ? [chunk([], { usage })] : []),
    ...(play.done === false ? [] : [Buffer.from(`data: [DONE]${play.lineEnd ?? '\n'}${play.lineEnd ?? '\n'}`)]),
  ];
}

function event(data: object, { lineEnd = '\n', comments = false }: Play): Piece {
  return Buffer.from(`${comments ? `: keep-alive${lineEnd}${lineEnd}` : ''}data: ${JSON.stringify(data)}${lineEnd}${lineEnd}`);
}
