import type { MediaSource, Part } from '@higress/kernel';
import { toolId } from '@higress/wire';

type Json = Readonly<Record<string, unknown>>;

const DOCUMENT_FORMATS: Readonly<Record<string, string>> = { 'application/pdf': 'pdf', 'text/csv': 'csv', 'text/html': 'html', 'text/plain': 'txt', 'text/markdown': 'md', 'application/msword': 'doc' };
const object = (value: unknown): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {});
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Undefined for a part that has no place in Converse. */
export function writeConverse(part: Part): Json[] | undefined {
  switch (part.type) {
    case 'text':
      // A blank text is refused there.
      return part.text.trim() === '' ? [] : withCachePoint({ text: part.text }, part.cache !== undefined);
    case 'refusal':
      return [{ text: part.text }];
    case 'image':
      return part.source.kind === 'data' ? withCachePoint({ image: { format: imageFormat(part.source.mediaType), source: { bytes: part.source.data } } }, part.cache !== undefined) : undefined;
    case 'file':
      return writeDocument(part.source, part.name, part.cache !== undefined);
    case 'reasoning':
      if (part.signature?.by !== 'anthropic') return [];
      return [{ reasoningContent: part.redacted ? { redactedContent: part.signature.value } : { reasoningText: { text: part.text, signature: part.signature.value } } }];
    case 'tool_call':
      return [{ toolUse: { toolUseId: toolId(part.id), name: part.name, input: part.custom ? { input: part.arguments } : argumentsOf(part.arguments) } }];
    case 'tool_result': {
      const content = part.content.map((item) => writeConverse(item));
      return content.some((item) => item === undefined) ? undefined : withCachePoint({ toolResult: { toolUseId: toolId(part.callId), content: content.flatMap((item) => item ?? []), ...(part.isError ? { status: 'error' } : {}) } }, part.cache !== undefined);
    }
    case 'opaque':
      return [];
    case 'audio':
    case 'video':
      return undefined;
  }
}

/** What is cached ends at a point of its own. */
function withCachePoint(block: Json, isMarked: boolean): Json[] {
  return isMarked ? [block, { cachePoint: { type: 'default' } }] : [block];
}

function imageFormat(mediaType: string): string {
  return mediaType === 'image/jpg' ? 'jpeg' : mediaType.replace('image/', '');
}

/** A document has a name there, of letters, digits and little else. */
function writeDocument(source: MediaSource, name: string | undefined, isMarked: boolean): Json[] | undefined {
  if (source.kind !== 'data' && source.kind !== 'text') return undefined;
  const [mediaType, bytes] = source.kind === 'text' ? ['text/plain', Buffer.from(source.text).toString('base64')] : [source.mediaType, source.data];
  return withCachePoint({ document: { format: DOCUMENT_FORMATS[mediaType] ?? 'txt', name: (name ?? 'document').replace(/\.[a-z]+$/i, '').replace(/[^a-zA-Z0-9 ()[\]-]/g, '-').replace(/ +/g, ' '), source: { bytes } } }, isMarked);
}

function argumentsOf(json: string): Json {
  try {
    return object(JSON.parse(json === '' ? '{}' : json));
  } catch {
    return {};
  }
}

export function readConverse(block: Json): Part[] {
  if (typeof block.text === 'string') return [{ type: 'text', text: block.text }];
  const call = object(block.toolUse);
  if (typeof call.name === 'string') return [{ type: 'tool_call', id: text(call.toolUseId), name: call.name, arguments: JSON.stringify(object(call.input)) }];
  const reasoning = object(block.reasoningContent);
  const thought = object(reasoning.reasoningText);
  if (typeof reasoning.redactedContent === 'string') return [{ type: 'reasoning', text: '', redacted: true, signature: { by: 'anthropic', value: reasoning.redactedContent } }];
  if (typeof thought.text === 'string') return [{ type: 'reasoning', text: thought.text, ...(typeof thought.signature === 'string' ? { signature: { by: 'anthropic', value: thought.signature } } : {}) }];
  return [];
}
