import type { MediaSource, Part } from '@higress/kernel';
import { type Fields, isObject, type Json } from '../canonical/fields';
import { compact, parseArguments } from '../canonical/loose';
import { readSignature, writeSignature } from '../canonical/signature';

/** Names calls that the client left without an id, and gives results without one to the oldest open call of their function. */
export class CallNames {
  private made = 0;
  private readonly open: { readonly id: string; readonly name: string }[] = [];

  called(name: string, id: string | undefined): string {
    const known = id ?? `call_${this.made++}`;
    this.open.push({ id: known, name });
    return known;
  }

  answered(name: string, id: string | undefined): string {
    const at = this.open.findIndex((call) => (id === undefined ? call.name === name : call.id === id));
    const [call] = at === -1 ? [] : this.open.splice(at, 1);
    return id ?? call?.id ?? `call_${name}`;
  }
}

export function readPart(part: Fields, names: CallNames): Part {
  const seal = part.text('thoughtSignature', 'thought_signature');
  const sealed = seal === undefined ? {} : { signature: readSignature(seal, 'gemini') };
  const call = part.fields('functionCall', 'function_call');
  if (call) {
    const name = call.needText('name');
    return { type: 'tool_call', id: names.called(name, call.text('id')), name, arguments: JSON.stringify(call.json('args') ?? {}), ...sealed };
  }
  const result = part.fields('functionResponse', 'function_response');
  if (result) return readResult(result, names);
  const text = part.text('text');
  if (text !== undefined) {
    if (part.flag('thought')) return { type: 'reasoning', text, ...sealed };
    return text === '' && seal !== undefined ? { type: 'reasoning', text: '', ...sealed } : { type: 'text', text };
  }
  return readMedia(part) ?? { type: 'opaque', dialect: 'gemini', value: part.value };
}

function readResult(result: Fields, names: CallNames): Part {
  const name = result.needText('name');
  const response = result.json('response') ?? {};
  const [[key, value] = ['', undefined], ...more] = Object.entries(response);
  const isPlain = more.length === 0 && typeof value === 'string' && (key === 'output' || key === 'error');
  const text = isPlain ? (value as string) : JSON.stringify(response);
  return { type: 'tool_result', callId: names.answered(name, result.text('id')), name, content: [{ type: 'text', text }], ...(isPlain && key === 'error' ? { isError: true } : {}) };
}

function readMedia(part: Fields): Part | undefined {
  const inline = part.fields('inlineData', 'inline_data');
  const file = part.fields('fileData', 'file_data');
  const mediaType = inline?.needText('mimeType', 'mime_type') ?? file?.text('mimeType', 'mime_type') ?? '';
  const name = (inline ?? file)?.text('displayName', 'display_name');
  const source: MediaSource | undefined = inline ? { kind: 'data', mediaType, data: inline.needText('data') } : file ? { kind: 'url', url: file.needText('fileUri', 'file_uri'), ...(mediaType ? { mediaType } : {}) } : undefined;
  if (!source) return undefined;
  if (mediaType.startsWith('image/')) return { type: 'image', source };
  if (mediaType.startsWith('audio/')) return { type: 'audio', source };
  if (mediaType.startsWith('video/')) return { type: 'video', source };
  return { type: 'file', source, ...(name ? { name } : {}) };
}

/** Undefined for a part that has no place here. */
export function writePart(part: Part): Json | undefined {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { text: part.text };
    case 'image':
    case 'audio':
    case 'video':
    case 'file':
      return writeMedia(part);
    case 'reasoning':
      return part.redacted ? undefined : compact({ text: part.text, thought: true, thoughtSignature: part.signature ? writeSignature(part.signature, 'gemini') : undefined });
    case 'tool_call':
      return compact({ functionCall: { id: part.id, name: part.name, args: part.custom ? { input: part.arguments } : parseArguments(part.arguments) }, thoughtSignature: part.signature ? writeSignature(part.signature, 'gemini') : undefined });
    case 'tool_result': {
      const text = part.content.map((item) => (item.type === 'text' ? item.text : '')).join('');
      return { functionResponse: { id: part.callId, name: part.name ?? part.callId, response: part.isError ? { error: text } : asObject(text) } };
    }
    case 'opaque':
      return part.dialect === 'gemini' ? part.value : undefined;
  }
}

/** A result is an object here: JSON that is one goes as it is, anything else under the name that Google's guide gives it. */
function asObject(text: string): Json {
  if (text.startsWith('{')) {
    try {
      const value: unknown = JSON.parse(text);
      if (isObject(value) && !('output' in value) && !('error' in value)) return value;
    } catch {
      // It only looked like JSON.
    }
  }
  return { output: text };
}

const IMAGE_ENDINGS: Readonly<Record<string, string>> = { png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', webp: 'image/webp', gif: 'image/gif', heic: 'image/heic' };

function writeMedia(part: Extract<Part, { type: 'image' | 'audio' | 'video' | 'file' }>): Json | undefined {
  const { source } = part;
  const displayName = part.type === 'file' ? part.name : undefined;
  switch (source.kind) {
    case 'data':
      return { inlineData: compact({ mimeType: source.mediaType, data: source.data, displayName }) };
    case 'text':
      return { inlineData: compact({ mimeType: 'text/plain', data: Buffer.from(source.text).toString('base64'), displayName }) };
    case 'id':
      return { fileData: compact({ fileUri: source.id, displayName }) };
    case 'url':
      return { fileData: compact({ fileUri: source.url, mimeType: source.mediaType ?? typeOfUrl(part.type, source.url), displayName }) };
  }
}

function typeOfUrl(kind: string, url: string): string {
  const ending = /\.([a-z0-9]+)(?:[?#]|$)/i.exec(url)?.[1]?.toLowerCase() ?? '';
  if (kind === 'image') return IMAGE_ENDINGS[ending] ?? 'image/jpeg';
  return kind === 'file' ? 'application/pdf' : kind === 'audio' ? 'audio/mpeg' : 'video/mp4';
}
