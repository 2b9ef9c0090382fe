import type { CanonicalMessage, Part, ReasoningPart, ToolCallPart, ToolResultPart } from '@higress/kernel';
import type { Json } from '../canonical/fields';
import type { Loss } from '../canonical/loss';
import { writePart } from './chat-content';
import type { ChatQuirks } from './chat-quirks';
import { writeReasoning } from './reasoning-fields';
import { writeToolCall } from './tool-calls';

export function writeChatMessages(messages: readonly CanonicalMessage[], quirks: ChatQuirks, loss: Loss): Json[] {
  return messages.flatMap((message) => (message.role === 'assistant' ? [writeAssistant(message, quirks, loss)] : writeOther(message, quirks, loss)));
}

function writeOther(message: CanonicalMessage, quirks: ChatQuirks, loss: Loss): Json[] {
  const role = message.role === 'developer' && !quirks.developerRole ? 'system' : message.role;
  const results = message.parts.filter((part) => part.type === 'tool_result');
  const said = message.parts.filter((part) => part.type !== 'tool_result');
  // Only text may stand in a tool's result here: what it showed follows as the user's.
  const shown = results.flatMap(({ content }) => content.filter((part) => part.type !== 'text'));
  const rest = [...shown, ...said];
  const written = results.map((result) => writeResult(result, quirks, loss));
  if (rest.length > 0 || results.length === 0) written.push({ role, content: writeContent(rest, quirks, loss), ...(message.name ? { name: message.name } : {}) });
  return written;
}

function writeResult({ callId, content }: ToolResultPart, quirks: ChatQuirks, loss: Loss): Json {
  const texts = content.filter((part) => part.type === 'text');
  return { role: 'tool', tool_call_id: callId, content: texts.length === 0 ? '' : writeContent(texts, quirks, loss) };
}

/** A text alone is sent as text: every server takes that. */
function writeContent(parts: readonly Part[], quirks: ChatQuirks, loss: Loss): string | Json[] {
  const [only] = parts;
  if (parts.length === 1 && only?.type === 'text' && !(only.cache && quirks.cacheMarks)) return only.text;
  const able = parts.filter((part) => isAble(part, quirks, loss));
  if (!quirks.contentParts) return able.map((part) => (part.type === 'text' ? part.text : '')).join('');
  return able.flatMap((part) => {
    const written = writePart(quirks.cacheMarks || !('cache' in part) ? part : ({ ...part, cache: undefined } as Part));
    if (!written) loss.param('messages', `holds content (${part.type}) for which OpenAI's form has no place`);
    return written ? [written] : [];
  });
}

function isAble(part: Part, quirks: ChatQuirks, loss: Loss): boolean {
  const kind = { image: 'images', audio: 'audio', file: 'files', video: 'video' } as const;
  if (!(part.type in kind)) return true;
  const able = quirks.contentParts && quirks[kind[part.type as keyof typeof kind]];
  if (!able && !(part.type === 'file' && part.source.kind === 'text')) {
    loss.param('messages', `holds content (${part.type}) that this provider does not take`);
    return false;
  }
  return true;
}

function writeAssistant(message: CanonicalMessage, quirks: ChatQuirks, loss: Loss): Json {
  const of = <T extends Part['type']>(type: T) => message.parts.filter((part): part is Extract<Part, { type: T }> => part.type === type);
  // Who wants no thoughts back knows no seals either.
  const calls = of('tool_call').map((call) => writeToolCall(asAble(quirks.thoughtsBack === null ? { ...call, signature: undefined } : call, quirks)));
  const texts = of('text').map((part) => ({ ...part, cache: quirks.cacheMarks ? part.cache : undefined }));
  const refusal = of('refusal').map(({ text }) => text).join('');
  const spoken = of('audio')[0]?.id;
  for (const part of message.parts) if (part.type === 'opaque') loss.hint(`messages.${String(part.value.type ?? 'opaque')}`);
  return {
    role: 'assistant',
    content: texts.length === 0 ? null : writeContent(texts, quirks, loss),
    ...writeThoughts(of('reasoning'), quirks),
    ...(refusal ? { refusal } : {}),
    ...(spoken && quirks.audio ? { audio: { id: spoken } } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(message.name ? { name: message.name } : {}),
  };
}

function asAble(call: ToolCallPart, { customTools }: ChatQuirks): ToolCallPart {
  return call.custom && !customTools ? { ...call, custom: undefined, arguments: JSON.stringify({ input: call.arguments }) } : call;
}

function writeThoughts(parts: readonly ReasoningPart[], quirks: ChatQuirks): Json {
  if (quirks.thoughtsBack === null || parts.length === 0) return {};
  if (quirks.thoughtsBack === 'sealed') return writeReasoning(parts);
  const text = parts.map((part) => part.text).join('');
  return text === '' ? {} : { reasoning_content: text };
}
