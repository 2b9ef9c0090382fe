import type { CanonicalMessage, CanonicalRequest, CanonicalTool, Part, ReasoningWish, ToolChoice } from '@higress/kernel';
import { invalid } from '../chat-request';
import { Fields, type Json } from '../canonical/fields';
import { compact } from '../canonical/loose';
import { readBlocks, readMark } from './content-blocks';

const KNOWN = new Set(['model', 'messages', 'system', 'max_tokens', 'metadata', 'stop_sequences', 'stream', 'temperature', 'top_p', 'top_k', 'tools', 'tool_choice', 'thinking', 'service_tier', 'output_config', 'output_format', 'drop_params', 'betas']);

/** Anthropic's Messages. */
export function decodeMessagesRequest(value: Json): CanonicalRequest {
  const body = new Fields(value);
  const choice = body.fields('tool_choice');
  const output = body.fields('output_config');
  const format = body.fields('output_format') ?? output?.fields('format');
  return compact<CanonicalRequest & Record<string, unknown>>({
    dialect: 'anthropic',
    model: body.needText('model'),
    stream: body.flag('stream') ?? false,
    includeUsage: true,
    messages: readMessages(body),
    tools: body.items('tools').map(readTool),
    toolChoice: readChoice(choice),
    parallelToolCalls: choice?.flag('disable_parallel_tool_use') ? false : undefined,
    format: format ? { type: 'json_schema', schema: format.json('schema') ?? {} } : undefined,
    reasoning: readWish(body.fields('thinking'), output?.text('effort')),
    maxOutputTokens: body.count(1, 'max_tokens'),
    temperature: body.number('temperature'),
    topP: body.number('top_p'),
    topK: body.number('top_k'),
    stop: body.texts('stop_sequences'),
    user: body.fields('metadata')?.text('user_id'),
    serviceTier: body.text('service_tier'),
    extras: body.rest(KNOWN),
  });
}

function readMessages(body: Fields): CanonicalMessage[] {
  const system = readBlocks(body, 'system');
  const names = new Map<string, string>();
  const messages = body.items('messages').map((message): CanonicalMessage => {
    const role = message.needText('role');
    if (role !== 'user' && role !== 'assistant' && role !== 'system') throw invalid(message.at('role'), 'must be user or assistant');
    return { role, parts: readBlocks(message, 'content').map((part) => named(part, names)) };
  });
  if (messages.length === 0) throw invalid('messages', 'must be a non-empty array');
  return system.length > 0 ? [{ role: 'system', parts: system }, ...messages] : messages;
}

/** A result tells the name of its tool, which other dialects want to hear. */
function named(part: Part, names: Map<string, string>): Part {
  if (part.type === 'tool_call') names.set(part.id, part.name);
  if (part.type !== 'tool_result') return part;
  const name = names.get(part.callId);
  return name === undefined ? part : { ...part, name };
}

function readTool(tool: Fields): CanonicalTool {
  const type = tool.text('type') ?? 'custom';
  if (type !== 'custom') return { type: 'builtin', dialect: 'anthropic', value: tool.value };
  return compact({ type: 'function' as const, name: tool.needText('name'), description: tool.text('description'), parameters: tool.json('input_schema'), strict: tool.flag('strict'), cache: readMark(tool.value) });
}

function readChoice(choice: Fields | undefined): ToolChoice | undefined {
  if (!choice) return undefined;
  const type = choice.needText('type');
  if (type === 'auto' || type === 'none') return { mode: type };
  if (type === 'any') return { mode: 'required' };
  return type === 'tool' ? { mode: 'tool', name: choice.needText('name') } : choice.unknown('type');
}

function readWish(thinking: Fields | undefined, effort: string | undefined): ReasoningWish | undefined {
  if (!thinking && effort === undefined) return undefined;
  const type = thinking?.needText('type');
  return compact({ effort, budgetTokens: type === 'disabled' ? 0 : thinking?.count(1, 'budget_tokens'), adaptive: type === 'adaptive' ? true : undefined, summary: thinking?.text('display') });
}
