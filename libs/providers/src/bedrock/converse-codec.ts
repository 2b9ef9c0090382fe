import { type CanonicalAnswer, type CanonicalMessage, type CanonicalRequest, type CanonicalUsage, DomainError, type FinishReason, type OutputFormat } from '@higress/kernel';
import { boundedUsage, countIn, type EncodeTarget, messagesProvider, type ProviderCodec } from '@higress/wire';
import { readConverse, writeConverse } from './converse-content';
import { ConverseStreamDecoder } from './converse-stream-decoder';

type Json = Readonly<Record<string, unknown>>;

const FINISHES: Readonly<Record<string, FinishReason>> = { end_turn: 'stop', tool_use: 'tool_calls', max_tokens: 'length', stop_sequence: 'stop_sequence', guardrail_intervened: 'content_filter', content_filtered: 'content_filter', model_context_window_exceeded: 'context_length' };
const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export function readConverseFinish(reason: unknown): FinishReason {
  return FINISHES[String(reason)] ?? 'stop';
}

/** Bedrock counts what is cached beside the input, as Anthropic does. */
export function readConverseUsage(value: unknown): CanonicalUsage | null {
  const told = object(value);
  if (told.inputTokens === undefined) return null;
  const [cached, written] = [countIn(told.cacheReadInputTokens), countIn(told.cacheWriteInputTokens)];
  return boundedUsage({ inputTokens: countIn(told.inputTokens) + cached + written, cachedInputTokens: cached, cacheWriteTokens: written, outputTokens: countIn(told.outputTokens), reasoningTokens: 0, audioInputTokens: 0, audioOutputTokens: 0, longCacheWriteTokens: 0 });
}

/**
 * Converse is Anthropic's Messages in other clothes: what can be asked, and how thoughts are bounded, is decided there; only the shapes differ.
 */
function encodeRequest(request: CanonicalRequest, target: EncodeTarget): Json {
  const plain = { ...request, format: undefined, serviceTier: undefined, user: undefined };
  if (request.format?.type === 'json') target.loss.param('response_format', 'asks for JSON without a schema, which this provider does not take');
  if (request.parallelToolCalls === false) target.loss.param('parallel_tool_calls');
  if (request.toolChoice?.mode === 'none' && request.tools.length > 0) target.loss.param('tool_choice');
  if (request.serviceTier !== undefined) target.loss.hint('service_tier');
  if (request.user !== undefined) target.loss.hint('user');
  const asked = messagesProvider.encodeRequest(plain, target) as Json;
  const effort = object(asked.output_config).effort;
  const more = { ...(asked.thinking ? { thinking: asked.thinking } : {}), ...(effort === undefined ? {} : { output_config: { effort } }), ...(asked.top_k === undefined ? {} : { top_k: asked.top_k }) };
  const system = request.messages.filter(isSystem).flatMap((message) => write(message, target));
  const toolConfig = writeTools(asked, request.messages);
  return {
    messages: turns(request.messages, target),
    ...(system.length > 0 ? { system } : {}),
    inferenceConfig: { maxTokens: asked.max_tokens, temperature: asked.temperature, topP: asked.top_p, stopSequences: asked.stop_sequences },
    ...(toolConfig ? { toolConfig } : {}),
    ...(request.format?.type === 'json_schema' ? { outputConfig: { textFormat: writeFormat(request.format) } } : {}),
    ...(Object.keys(more).length > 0 ? { additionalModelRequestFields: more } : {}),
  };
}

/** The schema is a text there. */
function writeFormat({ name, description, schema }: Extract<OutputFormat, { type: 'json_schema' }>): Json {
  return { type: 'json_schema', structure: { jsonSchema: { name: name ?? 'answer', ...(description === undefined ? {} : { description }), schema: JSON.stringify(schema) } } };
}

/** Undefined where there are none. A conversation that called tools must name them, also where they may no longer be called. */
function writeTools(asked: Json, messages: readonly CanonicalMessage[]): Json | undefined {
  const told = list(asked.tools).map(object);
  if (told.length === 0) {
    const called = new Set(messages.flatMap(({ parts }) => parts.flatMap((part) => (part.type === 'tool_call' ? [part.name] : []))));
    return called.size === 0 ? undefined : { tools: [...called].map((name) => ({ toolSpec: { name, inputSchema: { json: { type: 'object' } } } })) };
  }
  const tools = told.flatMap(({ name, description, input_schema: json, strict, cache_control: mark }) => [
    { toolSpec: { name, ...(description ? { description } : {}), inputSchema: { json }, ...(strict ? { strict } : {}) } },
    ...(mark ? [{ cachePoint: { type: 'default' } }] : []),
  ]);
  return { tools, toolChoice: choiceOf(object(asked.tool_choice)) };
}

const isSystem = ({ role }: CanonicalMessage) => role === 'system' || role === 'developer';

function choiceOf({ type, name }: Json): Json | undefined {
  if (type === 'any') return { any: {} };
  return type === 'tool' ? { tool: { name } } : type === 'auto' ? { auto: {} } : undefined;
}

function write({ parts }: CanonicalMessage, { loss }: EncodeTarget): Json[] {
  return parts.flatMap((part) => {
    const blocks = writeConverse(part);
    if (!blocks) loss.param('messages', `holds content (${part.type}) that this provider does not take`);
    return blocks ?? [];
  });
}

function turns(messages: readonly CanonicalMessage[], target: EncodeTarget): Json[] {
  const out: { role: string; content: Json[] }[] = [];
  for (const message of messages) {
    if (isSystem(message)) continue;
    const content = write(message, target);
    const last = out.at(-1);
    if (last?.role === message.role) last.content.push(...content);
    else out.push({ role: message.role, content });
  }
  return out.filter(({ content }) => content.length > 0);
}

/** @throws DomainError UPSTREAM_INVALID_RESPONSE */
function decodeAnswer(body: Json): CanonicalAnswer {
  const { content } = object(object(body.output).message);
  if (!Array.isArray(content)) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
  return { id: '', model: '', choices: [{ parts: content.flatMap((block) => readConverse(object(block))), finish: readConverseFinish(body.stopReason) }], usage: readConverseUsage(body.usage) };
}

/** Bedrock's Converse and ConverseStream. */
export const converseProvider: ProviderCodec = { encodeRequest, decodeAnswer, streamDecoder: () => new ConverseStreamDecoder() };
