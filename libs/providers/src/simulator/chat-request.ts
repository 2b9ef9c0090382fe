import { countTokens } from './tokens';

type JsonObject = Readonly<Record<string, unknown>>;

export interface ToolToCall {
  readonly name: string;
  readonly parameters: unknown;
}

/** What the simulator reads of a chat completion request; everything else is ignored. */
export interface ChatRequest {
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly choices: number;
  readonly maxTokens: number;
  readonly stops: readonly string[];
  readonly lastUserText: string;
  /** What a tool answered, where that is the last thing said. */
  readonly toolResult: string | null;
  readonly tool: ToolToCall | null;
  /** `text`, or a JSON schema that the answer must fit (`{}`: any object). */
  readonly format: 'text' | { readonly schema: unknown };
  readonly promptTokens: number;
}

const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_IMAGE = 85;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return objects(content)
    .map((part) => (typeof part['text'] === 'string' ? part['text'] : ''))
    .join('');
}

function tokensOfMessage(message: JsonObject): number {
  const images = objects(message['content']).filter((part) => part['type'] === 'image_url').length;
  const calls = message['tool_calls'] === undefined ? 0 : countTokens(JSON.stringify(message['tool_calls']));
  return TOKENS_PER_MESSAGE + countTokens(textOf(message['content'])) + images * TOKENS_PER_IMAGE + calls;
}

function toolToCall(body: JsonObject): ToolToCall | null {
  const choice = body['tool_choice'];
  const functions = objects(body['tools']).flatMap((tool) => (isObject(tool['function']) ? [tool['function']] : []));
  if (functions.length === 0 || choice === 'none') return null;
  const wanted = isObject(choice) && isObject(choice['function']) ? choice['function']['name'] : undefined;
  const chosen = functions.find((f) => f['name'] === wanted) ?? functions[0];
  return typeof chosen?.['name'] === 'string' ? { name: chosen['name'], parameters: chosen['parameters'] ?? {} } : null;
}

function formatOf(format: unknown): ChatRequest['format'] {
  if (!isObject(format)) return 'text';
  if (format['type'] === 'json_object') return { schema: {} };
  const declared = format['json_schema'];
  return format['type'] === 'json_schema' ? { schema: isObject(declared) ? (declared['schema'] ?? {}) : {} } : 'text';
}

function count(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isInteger(value) ? value : otherwise;
}

/** A request that cannot be answered, as OpenAI would refuse it. */
export interface ChatMistake {
  readonly message: string;
  readonly param: string;
}

/** Reads a parsed body. A {@link ChatMistake} where a real provider would answer 400. */
export function chatRequest(body: unknown): ChatRequest | ChatMistake {
  if (!isObject(body)) return { message: 'The body must be an object.', param: 'body' };
  const messages = objects(body['messages']);
  if (messages.length === 0) return { message: "Invalid 'messages': expected an array with at least one message.", param: 'messages' };
  const maxTokens = count(body['max_completion_tokens'] ?? body['max_tokens'], Infinity);
  if (maxTokens < 1) return { message: "Invalid 'max_tokens': expected a value >= 1.", param: 'max_tokens' };
  const choices = count(body['n'], 1);
  if (choices < 1 || choices > 128) return { message: "Invalid 'n': expected a value between 1 and 128.", param: 'n' };

  const last = messages[messages.length - 1] as JsonObject;
  const users = messages.filter((m) => m['role'] === 'user');
  const isToolResult = last['role'] === 'tool';
  const tools = body['tools'] === undefined ? 0 : countTokens(JSON.stringify(body['tools']));
  const options = body['stream_options'];
  return {
    stream: body['stream'] === true,
    includeUsage: isObject(options) && options['include_usage'] === true,
    choices,
    maxTokens,
    stops: [body['stop']].flat().filter((stop): stop is string => typeof stop === 'string' && stop !== ''),
    lastUserText: textOf(users[users.length - 1]?.['content']),
    toolResult: isToolResult ? textOf(last['content']) : null,
    tool: isToolResult ? null : toolToCall(body),
    format: formatOf(body['response_format']),
    promptTokens: messages.reduce((sum, message) => sum + tokensOfMessage(message), 3 + tools),
  };
}

export function isMistake(read: ChatRequest | ChatMistake): read is ChatMistake {
  return 'param' in read;
}
