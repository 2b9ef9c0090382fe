import type { CanonicalMessage, Part, ToolResultPart } from '@higress/kernel';
import { invalid } from '../chat-request';
import { type Fields } from '../canonical/fields';
import { readPart } from './chat-content';
import { readReasoning } from './reasoning-fields';
import { argumentsOf, readToolCall } from './tool-calls';

/** OpenAI's list of messages. Results of tools, one message each there, become the parts of one user message. */
export function readChatMessages(list: readonly Fields[]): CanonicalMessage[] {
  const messages: CanonicalMessage[] = [];
  const names = new Map<string, string>();
  let results: Part[] | undefined;
  for (const message of list) {
    const role = message.needText('role');
    if (role === 'tool' || role === 'function') {
      const result = readResult(message, role, names);
      if (results) results.push(result);
      else messages.push({ role: 'user', parts: (results = [result]) });
      continue;
    }
    results = undefined;
    const read = readMessage(message, role);
    for (const part of read.parts) if (part.type === 'tool_call') names.set(part.id, part.name);
    messages.push(read);
  }
  return messages;
}

function readMessage(message: Fields, role: string): CanonicalMessage {
  const name = message.text('name');
  const named = name ? { name } : {};
  switch (role) {
    case 'system':
    case 'developer':
    case 'user':
      return { role, parts: readContent(message), ...named };
    case 'assistant':
      return { role, parts: readAssistant(message), ...named };
    default:
      throw invalid(message.at('role'), 'must be system, developer, user, assistant or tool');
  }
}

function readContent(message: Fields): Part[] {
  const content = message.get('content');
  if (content === undefined) return [];
  return typeof content === 'string' ? [{ type: 'text', text: content }] : message.items('content').map(readPart);
}

function readAssistant(message: Fields): Part[] {
  const parts: Part[] = [...readReasoning(message.value), ...readContent(message).filter((part) => part.type !== 'text' || part.text !== '')];
  const refusal = message.text('refusal');
  if (refusal) parts.push({ type: 'refusal', text: refusal });
  const audio = message.fields('audio')?.text('id');
  if (audio) parts.push({ type: 'audio', id: audio, source: { kind: 'id', id: audio } });
  for (const call of message.list('tool_calls') ?? []) {
    const read = readToolCall(call);
    if (!read || read.name === '') throw invalid(message.at('tool_calls'), 'must hold calls with an id and a function');
    parts.push(read);
  }
  const legacy = message.fields('function_call');
  if (legacy) parts.push({ type: 'tool_call', id: legacyId(legacy.needText('name')), name: legacy.needText('name'), arguments: argumentsOf(legacy.get('arguments')) });
  return parts;
}

/** The old form names no call: the function's name stands for it. */
function legacyId(name: string): string {
  return `call_${name}`;
}

function readResult(message: Fields, role: 'tool' | 'function', names: ReadonlyMap<string, string>): ToolResultPart {
  const callId = role === 'function' ? legacyId(message.needText('name')) : message.needText('tool_call_id');
  const name = names.get(callId) ?? message.text('name');
  return { type: 'tool_result', callId, content: readContent(message), ...(name ? { name } : {}) };
}
