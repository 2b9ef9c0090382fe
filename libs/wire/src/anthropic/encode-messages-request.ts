import type { CanonicalMessage, CanonicalRequest, CanonicalTool, Part, ToolChoice } from '@higress/kernel';
import { customAsFunction } from '../openai-chat/encode-chat-request';
import type { EncodeTarget } from '../canonical/dialect-codec';
import type { Json } from '../canonical/fields';
import { extrasFor } from '../canonical/hints';
import type { Loss } from '../canonical/loss';
import { compact } from '../canonical/loose';
import { refuseAll } from '../canonical/refuse-all';
import { writeBlock, writeMark } from './content-blocks';
import { planSampling } from './plan-sampling';
import { planThinking } from './plan-thinking';

/** Anthropic demands a bound. Every model of theirs can answer this much. */
const DEFAULT_MAX_TOKENS = 4_096;

/** A request in Anthropic's form. */
export function encodeMessagesRequest(request: CanonicalRequest, target: EncodeTarget): Json {
  const { loss } = target;
  refuseAll(loss, { n: (request.choices ?? 1) > 1 || undefined, logprobs: request.logprobs, logit_bias: request.logitBias, seed: request.seed, frequency_penalty: request.frequencyPenalty || undefined, presence_penalty: request.presencePenalty || undefined, audio: request.audio, modalities: request.modalities?.some((modality) => modality !== 'text') || undefined });
  if (request.verbosity !== undefined) loss.hint('verbosity');
  const tools = allowed(request).flatMap((tool) => writeTool(tool, loss));
  const bound = request.maxOutputTokens ?? target.maxOutputTokens ?? target.mostOutputTokens;
  const { thinking, effort, maxTokens } = planThinking(request, target.model, bound, DEFAULT_MAX_TOKENS, loss);
  const output = compact({ effort, format: writeFormat(request, loss) });
  return compact<Record<string, unknown>>({
    ...extrasFor(request, request.dialect === 'anthropic', loss),
    model: target.model,
    max_tokens: maxTokens,
    system: writeSystem(request.messages, loss),
    messages: writeMessages(request.messages, loss),
    stream: request.stream || undefined,
    tools: tools.length > 0 ? tools : undefined,
    tool_choice: tools.length > 0 ? writeChoice(request) : undefined,
    thinking,
    output_config: Object.keys(output).length > 0 ? output : undefined,
    ...planSampling(request, target.model, thinking !== undefined && thinking.type !== 'disabled', loss),
    stop_sequences: request.stop,
    metadata: request.user === undefined ? undefined : { user_id: request.user },
    service_tier: writeTier(request, loss),
  });
}

function writeTier({ dialect, serviceTier }: CanonicalRequest, loss: Loss): string | undefined {
  if (serviceTier === undefined || serviceTier === 'auto') return serviceTier;
  if (dialect === 'anthropic') return serviceTier;
  loss.hint('service_tier');
  return undefined;
}

function writeSystem(messages: readonly CanonicalMessage[], loss: Loss): Json[] | undefined {
  const parts = messages.filter(isSystem).flatMap(({ parts }) => parts);
  const blocks = parts.flatMap((part) => writePart(part, loss));
  return blocks.length > 0 ? blocks : undefined;
}

const isSystem = ({ role }: CanonicalMessage) => role === 'system' || role === 'developer';

/** Neighbours of one role become one message: all results of one turn's tools must stand together. */
function writeMessages(messages: readonly CanonicalMessage[], loss: Loss): Json[] {
  const written: { role: string; content: Json[] }[] = [];
  for (const message of messages) {
    if (isSystem(message)) continue;
    if (message.name) loss.hint('messages.name');
    const content = message.parts.flatMap((part) => writePart(part, loss));
    const last = written.at(-1);
    if (last?.role === message.role) last.content.push(...content);
    else written.push({ role: message.role, content });
  }
  for (const message of written) message.content.sort((a, b) => Number(b.type === 'tool_result') - Number(a.type === 'tool_result'));
  return written.filter(({ content }) => content.length > 0);
}

function writePart(part: Part, loss: Loss): Json[] {
  // Empty texts are refused there, and so are thoughts that another model had.
  if (part.type === 'text' && part.text === '') return [];
  if (part.type === 'reasoning' && part.signature?.by !== 'anthropic') return [];
  if (part.type === 'opaque' && part.dialect !== 'anthropic') {
    loss.hint(`messages.${String(part.value.type ?? 'opaque')}`);
    return [];
  }
  const block = writeBlock(part);
  if (!block) loss.param('messages', `holds content (${part.type}) that this provider does not take`);
  return block ? [block] : [];
}

/** Where only some tools may be called, the others are not told. */
function allowed({ tools, toolChoice }: CanonicalRequest): readonly CanonicalTool[] {
  if (!toolChoice || toolChoice.mode === 'tool' || !toolChoice.allowed) return tools;
  const names = new Set(toolChoice.allowed);
  return tools.filter((tool) => tool.type === 'builtin' || names.has(tool.name));
}

function writeTool(tool: CanonicalTool, loss: Loss): Json[] {
  if (tool.type === 'builtin') {
    if (tool.dialect === 'anthropic') return [tool.value];
    loss.param('tools', `holds a tool (${String(tool.value.type ?? Object.keys(tool.value)[0])}) that this provider does not run`);
    return [];
  }
  if (tool.type === 'custom') {
    const { name, description, parameters } = customAsFunction(tool.name, tool.description);
    return [compact({ name, description, input_schema: parameters })];
  }
  return [compact({ name: tool.name, description: tool.description, input_schema: tool.parameters ?? { type: 'object', properties: {} }, strict: tool.strict || undefined, ...writeMark(tool.cache) })];
}

function writeChoice({ toolChoice, parallelToolCalls }: CanonicalRequest): Json | undefined {
  const alone = parallelToolCalls === false ? { disable_parallel_tool_use: true } : {};
  if (!toolChoice) return parallelToolCalls === false ? { type: 'auto', ...alone } : undefined;
  return toolChoice.mode === 'tool' ? { type: 'tool', name: toolChoice.name, ...alone } : modeOf(toolChoice, alone);
}

function modeOf({ mode }: Exclude<ToolChoice, { mode: 'tool' }>, alone: Json): Json {
  return mode === 'none' ? { type: 'none' } : { type: mode === 'required' ? 'any' : 'auto', ...alone };
}

function writeFormat({ format }: CanonicalRequest, loss: Loss): Json | undefined {
  if (!format || format.type === 'text') return undefined;
  if (format.type === 'json_schema') return { type: 'json_schema', schema: format.schema };
  loss.param('response_format', 'asks for JSON without a schema, which this provider does not take');
  return undefined;
}
