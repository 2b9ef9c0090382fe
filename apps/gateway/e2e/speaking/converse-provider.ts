import type { ProviderCall } from '@higress/testing';
import { crc32 } from './crc32';
import { faultOfSignature } from './aws-signature';
import { faultOfTurns } from './messages-provider';
import { halves, type Parts, SEAL, type SpokenProvider } from './spoken-provider';

interface Block {
  readonly text?: string;
  readonly image?: { readonly format: string; readonly source: { readonly bytes: string } };
  readonly toolUse?: { readonly toolUseId: string };
  readonly toolResult?: { readonly toolUseId: string; readonly content: readonly { readonly text?: string }[] };
  readonly reasoningContent?: { readonly reasoningText?: { readonly text: string; readonly signature?: string } };
}

interface Asked {
  readonly messages: readonly { readonly role: string; readonly content: readonly Block[] }[];
  readonly toolConfig?: { readonly tools: readonly object[] };
  readonly outputConfig?: { readonly textFormat: { readonly structure: { readonly jsonSchema: { readonly schema: string } } } };
  readonly inferenceConfig?: { readonly maxTokens?: number; readonly temperature?: number; readonly topP?: number };
  readonly additionalModelRequestFields?: { readonly thinking?: { readonly type: string; readonly budget_tokens?: number } };
}

const KEYS = { id: 'AKIAIOSFODNN7EXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', region: 'us-east-1' };
const MODEL = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
const PATH = `/model/${encodeURIComponent(MODEL)}`;
const USAGE = { inputTokens: 21, outputTokens: 89, totalTokens: 698, cacheReadInputTokens: 400, cacheWriteInputTokens: 188 };
const bodyOf = ({ body }: ProviderCall) => body as Asked;

/** One message of AWS's event stream, written after its description and not with what reads it. */
function frame(kind: 'event' | 'exception', type: string, payload: object): Buffer {
  const header = (name: string, value: string) => Buffer.concat([Buffer.of(name.length), Buffer.from(name), Buffer.of(7, value.length >> 8, value.length & 255), Buffer.from(value)]);
  const headers = Buffer.concat([header(`:${kind}-type`, type), header(':content-type', 'application/json'), header(':message-type', kind)]);
  const body = Buffer.from(JSON.stringify(payload));
  const number = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const lengths = Buffer.concat([number(16 + headers.length + body.length), number(headers.length)]);
  const message = Buffer.concat([lengths, number(crc32(lengths)), headers, body]);
  return Buffer.concat([message, number(crc32(message))]);
}

function faultOfBody(asked: Asked): string | null {
  const blocks = asked.messages.flatMap(({ content }) => content);
  if (blocks.some(({ text }) => text !== undefined && text.trim() === '')) return 'The text field in the ContentBlock object is blank.';
  if (!asked.toolConfig && blocks.some(({ toolUse, toolResult }) => toolUse ?? toolResult)) return 'The toolConfig field must be defined when using toolUse and toolResult content blocks.';
  const schema = asked.outputConfig?.textFormat.structure.jsonSchema.schema;
  if (schema !== undefined && (JSON.parse(schema) as { additionalProperties?: boolean }).additionalProperties !== false) return "For 'object' type, 'additionalProperties' must be explicitly set to false";
  if (asked.inferenceConfig?.temperature !== undefined && asked.inferenceConfig.topP !== undefined) return '`temperature` and `top_p` cannot both be specified for this model. Please use only one.';
  const thinking = asked.additionalModelRequestFields?.thinking;
  if (thinking?.type === 'enabled' && (asked.inferenceConfig?.maxTokens ?? 0) <= (thinking.budget_tokens ?? 0)) return '`max_tokens` must be greater than `thinking.budget_tokens`';
  return faultOfTurns(asked.messages.map(({ role, content }) => ({ role, content: content.map(asMessagesBlock) })), thinking?.type === 'enabled');
}

/** Claude judges turns alike, whoever hosts it. */
function asMessagesBlock({ text, toolUse, toolResult, reasoningContent }: Block) {
  if (text !== undefined) return { type: 'text', text };
  if (toolUse) return { type: 'tool_use', id: toolUse.toolUseId };
  if (toolResult) return { type: 'tool_result', tool_use_id: toolResult.toolUseId };
  return reasoningContent ? { type: 'thinking', signature: reasoningContent.reasoningText?.signature } : { type: 'other' };
}

export const bedrock: SpokenProvider = {
  dialect: 'bedrock',
  base: '',
  model: MODEL,
  credential: `${KEYS.id}:${KEYS.secret}`,
  contentType: 'application/vnd.amazon.eventstream',
  tellsThoughts: true,
  takesImageUrls: false,
  seals: 'thoughts',
  usage: { input: 609, cached: 400, written: 188, output: 89, reasoning: 0 },
  faultOf: (call, types) =>
    faultOfSignature(call, KEYS) ?? (call.path === `${PATH}/converse` || call.path === `${PATH}/converse-stream` ? null : `UnknownOperationException: ${call.path}`) ?? types.faultOf('ConverseRequest', call.body) ?? faultOfBody(bodyOf(call)),
  understand(call) {
    const asked = bodyOf(call);
    const blocks = asked.messages.flatMap(({ content }) => content);
    const results = blocks.flatMap(({ toolResult }) => (toolResult ? [toolResult.content.map(({ text }) => text).join('')] : []));
    return {
      model: MODEL, stream: call.path.endsWith('/converse-stream'), results,
      wish: results.length > 0 ? 'conclusion' : asked.outputConfig ? 'json' : asked.toolConfig ? 'calls' : 'text',
      thinks: asked.additionalModelRequestFields?.thinking?.type === 'enabled',
      images: blocks.flatMap(({ image }) => (image ? [`data:image/${image.format};base64,${image.source.bytes}`] : [])),
      hasSeal: blocks.some(({ reasoningContent }) => reasoningContent?.reasoningText?.signature === SEAL),
    };
  },
  whole: ({ thought, text, calls }) => ({
    output: { message: { role: 'assistant', content: [...(thought ? [{ reasoningContent: { reasoningText: { text: thought, signature: SEAL } } }] : []), { text }, ...calls.map((call, i) => ({ toolUse: { toolUseId: `tooluse_${i}`, name: call.name, input: call.arguments } }))] } },
    stopReason: calls.length > 0 ? 'tool_use' : 'end_turn', usage: USAGE, metrics: { latencyMs: 5 },
  }),
  stream: ({ thought, text, calls }: Parts) => {
    let block = -1;
    const event = (type: string, payload: object) => frame('event', type, { ...payload, p: 'abcdefgh' });
    const told = (deltas: object[], start?: object) => {
      block++;
      return [...(start ? [event('contentBlockStart', { contentBlockIndex: block, start })] : []), ...deltas.map((delta) => event('contentBlockDelta', { contentBlockIndex: block, delta })), event('contentBlockStop', { contentBlockIndex: block })];
    };
    return [
      event('messageStart', { role: 'assistant' }),
      ...(thought ? told([...halves(thought).map((half) => ({ reasoningContent: { text: half } })), { reasoningContent: { signature: SEAL } }]) : []),
      ...told(halves(text).map((half) => ({ text: half }))),
      ...calls.flatMap((call, i) => told(Object.keys(call.arguments).length === 0 ? [] : halves(JSON.stringify(call.arguments)).map((input) => ({ toolUse: { input } })), { toolUse: { toolUseId: `tooluse_${i}`, name: call.name } })),
      event('messageStop', { stopReason: calls.length > 0 ? 'tool_use' : 'end_turn' }),
      event('metadata', { usage: USAGE, metrics: { latencyMs: 5 } }),
    ];
  },
  failure: (message) => frame('exception', 'modelStreamErrorException', { message }),
  refusal: (_, message) => ({ message }),
};
