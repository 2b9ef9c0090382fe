import type { CanonicalMessage, CanonicalRequest, CanonicalTool, OutputFormat, Part, ToolChoice } from '@higress/kernel';
import type { EncodeTarget } from '../canonical/dialect-codec';
import type { Json } from '../canonical/fields';
import { extrasFor } from '../canonical/hints';
import type { Loss } from '../canonical/loss';
import { compact } from '../canonical/loose';
import { audioFormat, urlOfSource } from '../canonical/media';
import { effortOf } from '../canonical/reasoning-effort';
import { refuseAll } from '../canonical/refuse-all';
import { writeSignature } from '../canonical/signature';
import { writeFlatAnnotations } from './flat-annotations';

/** A request in the form of OpenAI's Responses. Nothing is stored there: the whole conversation is sent. */
export function encodeResponseRequest(request: CanonicalRequest, target: EncodeTarget): Json {
  const { loss } = target;
  refuseAll(loss, {
    n: (request.choices ?? 1) > 1 || undefined, stop: request.stop, seed: request.seed, top_k: request.topK, frequency_penalty: request.frequencyPenalty || undefined, presence_penalty: request.presencePenalty || undefined,
    logit_bias: request.logitBias, audio: request.audio, modalities: request.modalities?.some((modality) => modality !== 'text') || undefined,
  });
  const isOwn = request.dialect === 'responses';
  const { include, ...extras } = extrasFor(request, isOwn, loss);
  const [first, ...rest] = request.messages;
  const instructions = instructionsOf(first);
  const text = compact({ format: writeFormat(request.format), verbosity: request.verbosity });
  const wanted = new Set([...(Array.isArray(include) ? (include as string[]) : []), ...(request.logprobs === undefined ? [] : ['message.output_text.logprobs']), 'reasoning.encrypted_content']);
  return compact<Record<string, unknown>>({
    store: false,
    ...extras,
    include: [...wanted],
    model: target.model,
    instructions,
    input: (instructions === undefined ? request.messages : rest).flatMap((message) => writeMessage(message, loss)),
    stream: request.stream || undefined,
    tools: request.tools.length > 0 ? request.tools.flatMap((tool) => writeTool(tool, loss)) : undefined,
    tool_choice: request.toolChoice ? writeChoice(request.toolChoice, request.tools) : undefined,
    parallel_tool_calls: request.parallelToolCalls,
    text: Object.keys(text).length > 0 ? text : undefined,
    reasoning: request.reasoning ? compact({ effort: effortOf(request.reasoning), summary: summaryOf(request) }) : undefined,
    max_output_tokens: request.maxOutputTokens ?? target.maxOutputTokens,
    temperature: request.temperature,
    top_p: request.topP,
    top_logprobs: request.logprobs,
    user: request.user,
    service_tier: request.dialect === 'anthropic' ? undefined : request.serviceTier,
  });
}

/** Thoughts are always shown in Anthropic's dialect, and here only when asked for. */
function summaryOf({ dialect, reasoning }: CanonicalRequest): string | undefined {
  if (reasoning?.summary === 'none' || reasoning?.summary === 'omitted') return undefined;
  return dialect === 'responses' ? reasoning?.summary : 'auto';
}

function instructionsOf(message: CanonicalMessage | undefined): string | undefined {
  const [only, ...others] = message?.parts ?? [];
  return message?.role === 'system' && only?.type === 'text' && others.length === 0 ? only.text : undefined;
}

function writeMessage({ role, parts, name }: CanonicalMessage, loss: Loss): Json[] {
  if (name) loss.hint('messages.name');
  const items: Json[] = [];
  let content: Json[] = [];
  const close = () => {
    if (content.length > 0) items.push({ type: 'message', role, content });
    content = [];
  };
  for (const part of parts) {
    if ('cache' in part && part.cache) loss.hint('cache_control');
    const item = writeItem(part, loss);
    if (item === 'content') {
      const written = writeContent(part, role, loss);
      if (written) content.push(written);
    } else if (item) {
      close();
      items.push(item);
    }
  }
  close();
  return items;
}

/** An item of its own, `content` for what stands within a message, or nothing for what this provider is not shown. */
function writeItem(part: Part, loss: Loss): Json | 'content' | undefined {
  switch (part.type) {
    case 'tool_call':
      return part.custom ? { type: 'custom_tool_call', call_id: part.id, name: part.name, input: part.arguments } : { type: 'function_call', call_id: part.id, name: part.name, arguments: part.arguments };
    case 'tool_result': {
      const [only] = part.content;
      const output = part.content.length === 1 && only?.type === 'text' ? only.text : part.content.flatMap((item) => writeContent(item, 'user', loss) ?? []);
      return { type: part.custom ? 'custom_tool_call_output' : 'function_call_output', call_id: part.callId, output };
    }
    case 'reasoning':
      return writeReasoningItem(part);
    case 'opaque':
      if (part.dialect === 'responses') return part.value;
      loss.hint(`messages.${String(part.value.type ?? 'opaque')}`);
      return undefined;
    default:
      return 'content';
  }
}

export function writeReasoningItem({ text, signature, id }: Extract<Part, { type: 'reasoning' }>, fallbackId?: string): Json {
  return compact({ type: 'reasoning', id: id ?? fallbackId, summary: text === '' ? [] : [{ type: 'summary_text', text }], encrypted_content: signature ? writeSignature(signature, 'openai') : undefined });
}

function writeContent(part: Part, role: CanonicalMessage['role'], loss: Loss): Json | undefined {
  switch (part.type) {
    case 'text':
      return role === 'assistant' ? { type: 'output_text', text: part.text, annotations: writeFlatAnnotations(part.citations ?? []) } : { type: 'input_text', text: part.text };
    case 'refusal':
      return { type: 'refusal', refusal: part.text };
    case 'image':
      return part.source.kind === 'id' ? { type: 'input_image', file_id: part.source.id, detail: part.detail ?? 'auto' } : { type: 'input_image', image_url: urlOfSource(part.source), detail: part.detail ?? 'auto' };
    case 'audio':
      if (part.source.kind === 'data') return { type: 'input_audio', input_audio: { data: part.source.data, format: audioFormat(part.source.mediaType) } };
      break;
    case 'file':
      if (part.source.kind === 'id') return compact({ type: 'input_file', file_id: part.source.id, filename: part.name });
      if (part.source.kind === 'text') return { type: 'input_text', text: part.source.text };
      return compact({ type: 'input_file', [part.source.kind === 'url' ? 'file_url' : 'file_data']: urlOfSource(part.source), filename: part.name });
    default:
  }
  loss.param('input', `holds content (${part.type}) for which this form has no place`);
  return undefined;
}

function writeTool(tool: CanonicalTool, loss: Loss): Json[] {
  if (tool.type === 'function') return [compact({ type: 'function', name: tool.name, description: tool.description, parameters: tool.parameters ?? { type: 'object', properties: {} }, strict: tool.strict ?? false })];
  if (tool.type === 'custom') return [compact({ type: 'custom', name: tool.name, description: tool.description, format: tool.format })];
  if (tool.dialect === 'responses') return [tool.value];
  loss.param('tools', `holds a tool (${String(tool.value.type ?? Object.keys(tool.value)[0])}) that this provider does not run`);
  return [];
}

function writeChoice(choice: ToolChoice, tools: readonly CanonicalTool[]): unknown {
  if (choice.mode === 'tool') return { type: choice.custom ? 'custom' : 'function', name: choice.name };
  if (!choice.allowed) return choice.mode;
  const typeOf = (name: string) => tools.find((tool) => tool.type !== 'builtin' && tool.name === name)?.type ?? 'function';
  return { type: 'allowed_tools', mode: choice.mode, tools: choice.allowed.map((name) => ({ type: typeOf(name), name })) };
}

export function writeFormat(format: OutputFormat | undefined): Json | undefined {
  if (!format) return undefined;
  if (format.type === 'text') return { type: 'text' };
  if (format.type === 'json') return { type: 'json_object' };
  return compact({ type: 'json_schema', name: format.name ?? 'answer', description: format.description, schema: format.schema, strict: format.strict });
}
