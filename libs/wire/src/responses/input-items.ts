import type { CanonicalMessage, MediaSource, Part, ReasoningPart } from '@higress/kernel';
import { DomainError } from '@higress/kernel';
import { invalid } from '../chat-request';
import { Fields } from '../canonical/fields';
import { compact, listIn, objectIn, textIn } from '../canonical/loose';
import { audioType, sourceOfUrl } from '../canonical/media';
import { readSignature } from '../canonical/signature';
import { readFlatAnnotations } from './flat-annotations';

/** The input of a response as messages. What the model did in one go (thinking, speaking, calling) becomes one message, and so do the results that follow. */
export function readInput(body: Fields): CanonicalMessage[] {
  const input = body.get('input');
  if (input === undefined) return body.get('previous_response_id') === undefined ? body.missing('input') : [];
  if (typeof input === 'string') return [{ role: 'user', parts: [{ type: 'text', text: input }] }];
  const messages: { role: CanonicalMessage['role']; parts: Part[]; isDone: boolean }[] = [];
  const names = new Map<string, string>();
  const add = (role: CanonicalMessage['role'], isResult: boolean, parts: Part[]) => {
    const last = messages.at(-1);
    if (last && !last.isDone && last.role === role && (role === 'assistant' || isResult)) last.parts.push(...parts);
    else messages.push({ role, parts, isDone: role !== 'assistant' && !isResult });
  };
  for (const item of body.items('input')) {
    const { role, parts, isResult } = readItem(item, names);
    add(role, isResult, parts);
  }
  return messages.map(({ role, parts }) => ({ role, parts }));
}

interface ReadItem {
  readonly role: CanonicalMessage['role'];
  readonly parts: Part[];
  readonly isResult: boolean;
}

function readItem(item: Fields, names: Map<string, string>): ReadItem {
  const type = item.text('type') ?? 'message';
  switch (type) {
    case 'message':
      return readMessage(item);
    case 'function_call':
    case 'custom_tool_call': {
      const [id, name] = [item.needText('call_id'), item.needText('name')];
      names.set(id, name);
      const custom = type === 'custom_tool_call';
      return ofModel(compact({ type: 'tool_call' as const, id, name, arguments: item.text(custom ? 'input' : 'arguments') ?? '', custom: custom || undefined }));
    }
    case 'function_call_output':
    case 'custom_tool_call_output': {
      const callId = item.needText('call_id');
      const output = item.get('output');
      const content: Part[] = typeof output === 'string' ? [{ type: 'text', text: output }] : item.items('output').map(readContentPart);
      return { role: 'user', isResult: true, parts: [compact({ type: 'tool_result' as const, callId, name: names.get(callId), content, custom: type === 'custom_tool_call_output' || undefined })] };
    }
    case 'reasoning':
      return ofModel(readReasoningItem(item.value));
    case 'item_reference':
      throw new DomainError('UNSUPPORTED_PARAMETER', { message: `'${item.at('type')}' refers to an item that is not kept here. Send the item itself.`, param: item.at('type') });
    default:
      return ofModel({ type: 'opaque', dialect: 'responses', value: item.value });
  }
}

function ofModel(part: Part): ReadItem {
  return { role: 'assistant', parts: [part], isResult: false };
}

export function readReasoningItem(item: Readonly<Record<string, unknown>>): ReasoningPart {
  const of = (name: string) => listIn(item[name]).map((part) => textIn(objectIn(part).text) ?? '').join('\n\n');
  const text = of('summary') || of('content');
  const seal = textIn(item.encrypted_content);
  return compact({ type: 'reasoning' as const, text, signature: seal ? readSignature(seal, 'openai') : undefined, redacted: text === '' && seal ? true : undefined, id: textIn(item.id) });
}

function readMessage(item: Fields): ReadItem {
  const role = item.needText('role');
  if (role !== 'user' && role !== 'system' && role !== 'developer' && role !== 'assistant') throw invalid(item.at('role'), 'must be user, assistant, system or developer');
  const content = item.get('content');
  const parts: Part[] = typeof content === 'string' ? [{ type: 'text', text: content }] : item.items('content').map(readContentPart);
  return { role, parts, isResult: false };
}

function readContentPart(part: Fields): Part {
  const type = part.needText('type');
  switch (type) {
    case 'input_text':
    case 'text':
      return { type: 'text', text: part.needText('text') };
    case 'output_text': {
      const citations = readFlatAnnotations(part.value.annotations);
      return { type: 'text', text: part.needText('text'), ...(citations.length > 0 ? { citations } : {}) };
    }
    case 'refusal':
      return { type: 'refusal', text: part.needText('refusal') };
    case 'input_image': {
      const id = part.text('file_id');
      return compact({ type: 'image' as const, source: id === undefined ? sourceOfUrl(part.needText('image_url')) : ({ kind: 'id', id } as const), detail: detailOf(part) });
    }
    case 'input_file':
      return compact({ type: 'file' as const, source: fileSource(part), name: part.text('filename') });
    case 'input_audio': {
      const audio = part.fields('input_audio') ?? part;
      return { type: 'audio', source: { kind: 'data', mediaType: audioType(audio.needText('format')), data: audio.needText('data') } };
    }
    default:
      throw invalid(part.at('type'), 'has a value that is not known here');
  }
}

/** `auto` is what an image has where nothing is said. */
function detailOf(part: Fields): string | undefined {
  const detail = part.text('detail');
  return detail === 'auto' ? undefined : detail;
}

function fileSource(part: Fields): MediaSource {
  const id = part.text('file_id');
  if (id !== undefined) return { kind: 'id', id };
  const url = part.text('file_url');
  if (url !== undefined) return { kind: 'url', url };
  const data = part.needText('file_data');
  return data.startsWith('data:') ? sourceOfUrl(data) : { kind: 'data', mediaType: 'application/pdf', data };
}
