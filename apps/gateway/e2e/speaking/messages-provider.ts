import type { ProviderCall } from '@higress/testing';
import { halves, type Parts, SEAL, type SpokenProvider, sse } from './spoken-provider';

interface Block {
  readonly type: string;
  readonly text?: string;
  readonly id?: string;
  readonly tool_use_id?: string;
  readonly signature?: string;
  readonly content?: string | readonly Block[];
  readonly source?: { readonly type: string; readonly url?: string; readonly media_type?: string; readonly data?: string };
}

interface Message {
  readonly role: string;
  readonly content: string | readonly Block[];
}

interface Asked {
  readonly model: string;
  readonly stream?: boolean;
  readonly max_tokens: number;
  readonly messages: readonly Message[];
  readonly tools?: readonly { readonly name: string }[];
  readonly tool_choice?: { readonly type: string };
  readonly temperature?: number;
  readonly top_p?: number;
  readonly thinking?: { readonly type: string; readonly budget_tokens?: number };
  readonly output_config?: { readonly format?: { readonly schema: object } };
}

const CREDENTIAL = 'sk-ant-api03-of-anthropic';
const USAGE = { input_tokens: 21, cache_creation_input_tokens: 188, cache_read_input_tokens: 400, cache_creation: { ephemeral_5m_input_tokens: 188, ephemeral_1h_input_tokens: 0 }, output_tokens: 89, output_tokens_details: { thinking_tokens: 28 }, service_tier: 'standard' };
const HEAD = { id: 'msg_01XFDUDYJg', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5-20250929' };
const bodyOf = ({ body }: ProviderCall) => body as Asked;
const blocksOf = ({ content }: Message): readonly Block[] => (typeof content === 'string' ? [{ type: 'text', text: content }] : content);
const textOf = (content: Block['content']): string => (typeof content === 'string' ? content : (content ?? []).map(({ text }) => text ?? '').join(''));
const thinksIn = ({ thinking }: Asked) => thinking?.type === 'enabled' || thinking?.type === 'adaptive';

/** Why Anthropic refuses turns: it wants them to begin with the user, each call answered next, and first what it thought. */
export function faultOfTurns(messages: readonly Message[], mustThink: boolean): string | null {
  if (messages[0]?.role !== 'user') return 'messages: first message must use the "user" role';
  let open: string[] = [];
  for (const [i, message] of messages.entries()) {
    const blocks = blocksOf(message);
    if (blocks.some(({ type, text }) => type === 'text' && (text ?? '').trim() === '')) return `messages.${i}: text content blocks must contain non-whitespace text`;
    const results = blocks.filter(({ type }) => type === 'tool_result').map(({ tool_use_id: id }) => id);
    if (results.some((id) => !open.includes(id ?? ''))) return `messages.${i}: unexpected \`tool_use_id\` found in \`tool_result\` blocks`;
    if (open.some((id) => !results.includes(id))) return `messages.${i}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after`;
    if (blocks.slice(0, results.length).some(({ type }) => type !== 'tool_result')) return `messages.${i}: results of tools must come first`;
    open = blocks.flatMap(({ type, id }) => (type === 'tool_use' ? [id ?? ''] : []));
    if (open.some((id) => !/^[a-zA-Z0-9_-]+$/.test(id))) return `messages.${i}: String should match pattern '^[a-zA-Z0-9_-]+$'`;
    if (blocks.some(({ type, signature }) => type === 'thinking' && signature !== SEAL)) return `messages.${i}: Invalid \`signature\` in \`thinking\` block`;
  }
  const last = messages.findLast(({ role }) => role === 'assistant');
  const [first] = last ? blocksOf(last) : [];
  const called = last !== undefined && blocksOf(last).some(({ type }) => type === 'tool_use');
  return mustThink && called && first?.type !== 'thinking' ? 'messages: Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled, a final `assistant` message must start with a thinking block' : null;
}

function faultOfWishes({ max_tokens: most, thinking, temperature, top_p: topP, tool_choice: choice, output_config: output, tools }: Asked): string | null {
  if (thinking?.type === 'enabled' && (thinking.budget_tokens ?? 0) < 1024) return 'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024';
  if (thinking?.type === 'enabled' && most <= (thinking.budget_tokens ?? 0)) return '`max_tokens` must be greater than `thinking.budget_tokens`';
  if (thinking?.type === 'enabled' && temperature !== undefined && temperature !== 1) return '`temperature` may only be set to 1 when thinking is enabled';
  if (thinking?.type === 'enabled' && (choice?.type === 'any' || choice?.type === 'tool')) return 'Thinking may not be enabled when tool_choice forces tool use.';
  if (temperature !== undefined && (temperature < 0 || temperature > 1)) return 'temperature: range: 0..1';
  if (temperature !== undefined && topP !== undefined) return '`temperature` and `top_p` cannot both be specified for this model. Please use only one.';
  if (tools?.some(({ name }) => !/^[a-zA-Z0-9_-]{1,128}$/.test(name))) return 'tools.0.custom.name: String should match pattern';
  return output?.format && !JSON.stringify(output.format.schema).includes('"additionalProperties":false') ? "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false" : null;
}

function faultOfHead({ path, headers }: ProviderCall): string | null {
  if (headers['x-api-key'] !== CREDENTIAL || headers.authorization !== undefined) return 'invalid x-api-key';
  if (!/^\d{4}-\d\d-\d\d$/.test(String(headers['anthropic-version']))) return 'anthropic-version: header is required';
  return path === '/anthropic/v1/messages' ? null : `Not found: ${path}`;
}

export const anthropic: SpokenProvider = {
  dialect: 'anthropic',
  base: '/anthropic/v1',
  model: 'claude-sonnet-4-5',
  credential: CREDENTIAL,
  contentType: 'text/event-stream; charset=utf-8',
  tellsThoughts: true,
  takesImageUrls: true,
  seals: 'thoughts',
  usage: { input: 609, cached: 400, written: 188, output: 89, reasoning: 28 },
  faultOf: (call, types) => faultOfHead(call) ?? types.faultOf('MessagesRequest', call.body) ?? faultOfTurns(bodyOf(call).messages, bodyOf(call).thinking?.type === 'enabled') ?? faultOfWishes(bodyOf(call)),
  understand(call) {
    const asked = bodyOf(call);
    const blocks = asked.messages.flatMap(blocksOf);
    const results = blocks.filter(({ type }) => type === 'tool_result').map(({ content }) => textOf(content));
    return {
      model: asked.model, stream: asked.stream ?? false, results,
      wish: results.length > 0 ? 'conclusion' : asked.output_config?.format ? 'json' : asked.tools ? 'calls' : 'text',
      thinks: thinksIn(asked),
      images: blocks.flatMap(({ type, source }) => (type === 'image' && source ? [source.url ?? `data:${source.media_type};base64,${source.data}`] : [])),
      hasSeal: blocks.some(({ signature }) => signature === SEAL),
    };
  },
  whole: ({ thought, text, calls }) => ({
    ...HEAD,
    content: [...(thought ? [{ type: 'thinking', thinking: thought, signature: SEAL }] : []), { type: 'text', text }, ...calls.map((call, i) => ({ type: 'tool_use', id: `toolu_${i}`, name: call.name, input: call.arguments, caller: { type: 'direct' } }))],
    stop_reason: calls.length > 0 ? 'tool_use' : 'end_turn', stop_sequence: null, usage: USAGE,
  }),
  stream: ({ thought, text, calls }: Parts) => {
    let index = -1;
    const event = (type: string, data: object = {}) => sse({ type, ...data }, type);
    const block = (first: object, deltas: object[]) => [event('content_block_start', { index: ++index, content_block: first }), ...deltas.map((delta) => event('content_block_delta', { index, delta })), event('content_block_stop', { index })];
    return [
      event('message_start', { message: { ...HEAD, content: [], stop_reason: null, stop_sequence: null, usage: { ...USAGE, output_tokens: 1, output_tokens_details: null } } }),
      ...(thought ? block({ type: 'thinking', thinking: '', signature: '' }, [...halves(thought).map((half) => ({ type: 'thinking_delta', thinking: half })), { type: 'signature_delta', signature: SEAL }]) : []),
      event('ping'),
      ...block({ type: 'text', text: '' }, halves(text).map((half) => ({ type: 'text_delta', text: half }))),
      ...calls.flatMap((call, i) => block({ type: 'tool_use', id: `toolu_${i}`, name: call.name, input: {}, caller: { type: 'direct' } }, (Object.keys(call.arguments).length === 0 ? [] : halves(JSON.stringify(call.arguments))).map((piece) => ({ type: 'input_json_delta', partial_json: piece })))),
      event('message_delta', { delta: { stop_reason: calls.length > 0 ? 'tool_use' : 'end_turn', stop_sequence: null }, usage: { output_tokens: 89, output_tokens_details: { thinking_tokens: 28 } } }),
      event('message_stop'),
    ];
  },
  failure: (message) => sse({ type: 'error', error: { type: 'overloaded_error', message } }, 'error'),
  refusal: (status, message) => ({ type: 'error', error: { type: status === 429 ? 'rate_limit_error' : 'invalid_request_error', message }, request_id: 'req_1' }),
};
