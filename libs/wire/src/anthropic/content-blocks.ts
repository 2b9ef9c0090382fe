import type { CacheMark, MediaSource, Part, ReasoningPart } from '@higress/kernel';
import { invalid } from '../chat-request';
import { type Fields, isObject, type Json } from '../canonical/fields';
import { compact, listIn, objectIn, parseArguments } from '../canonical/loose';
import { readSignature, writeSignature } from '../canonical/signature';
import { readCitation, writeCitation } from './block-citations';

export function readMark(block: Json): CacheMark | undefined {
  const mark = block.cache_control;
  if (!isObject(mark)) return undefined;
  return mark.ttl === '1h' || mark.ttl === '5m' ? { ttl: mark.ttl } : {};
}

export function writeMark(cache: CacheMark | undefined): Json {
  return cache ? { cache_control: { type: 'ephemeral', ...(cache.ttl ? { ttl: cache.ttl } : {}) } } : {};
}

/** Content that is a text or a list of blocks, as Anthropic takes it nearly everywhere. */
export function readBlocks(holder: Fields, name: string): Part[] {
  const content = holder.get(name);
  if (content === undefined) return [];
  return typeof content === 'string' ? [{ type: 'text', text: content }] : holder.items(name).map(readBlock);
}

export function readBlock(block: Fields): Part {
  const type = block.needText('type');
  const cache = readMark(block.value);
  switch (type) {
    case 'text': {
      const citations = listIn(block.value.citations).filter(isObject).flatMap((told) => readCitation(told) ?? []);
      return compact({ type: 'text' as const, text: block.needText('text'), citations: citations.length > 0 ? citations : undefined, cache });
    }
    case 'image':
      return compact({ type: 'image' as const, source: readSource(block.fields('source') ?? block.missing('source')), cache });
    case 'document':
      return compact({ type: 'file' as const, source: readSource(block.fields('source') ?? block.missing('source')), name: block.text('title'), context: block.text('context'), citable: block.fields('citations')?.flag('enabled') || undefined, cache });
    case 'thinking':
    case 'redacted_thinking':
      return readThinking(block);
    case 'tool_use':
      return compact({ type: 'tool_call' as const, id: block.needText('id'), name: block.needText('name'), arguments: JSON.stringify(block.json('input') ?? {}), cache });
    case 'tool_result':
      return compact({ type: 'tool_result' as const, callId: block.needText('tool_use_id'), content: readBlocks(block, 'content'), isError: block.flag('is_error') || undefined, cache });
    default:
      return { type: 'opaque', dialect: 'anthropic', value: block.value };
  }
}

function readThinking(block: Fields): ReasoningPart {
  const data = block.text('data');
  if (block.text('type') === 'redacted_thinking') return { type: 'reasoning', text: '', redacted: true, signature: readSignature(data ?? '', 'anthropic') };
  const signature = block.text('signature');
  return { type: 'reasoning', text: block.text('thinking') ?? '', ...(signature ? { signature: readSignature(signature, 'anthropic') } : {}) };
}

function readSource(source: Fields): MediaSource {
  const type = source.needText('type');
  switch (type) {
    case 'base64':
      return { kind: 'data', mediaType: source.needText('media_type'), data: source.needText('data') };
    case 'url':
      return { kind: 'url', url: source.needText('url') };
    case 'file':
      return { kind: 'id', id: source.needText('file_id') };
    case 'text':
      return { kind: 'text', text: source.needText('data') };
    case 'content': {
      const content = source.get('content');
      return { kind: 'text', text: typeof content === 'string' ? content : listIn(content).map((part) => String(objectIn(part).text ?? '')).join('\n') };
    }
    default:
      throw invalid(source.at('type'), 'has a value that is not known here');
  }
}

function writeSource(source: MediaSource, isDocument: boolean): Json {
  switch (source.kind) {
    case 'url':
      return { type: 'url', url: source.url };
    case 'id':
      return { type: 'file', file_id: source.id };
    case 'text':
      return { type: 'text', media_type: 'text/plain', data: source.text };
    case 'data':
      if (isDocument && source.mediaType.startsWith('text/')) return { type: 'text', media_type: 'text/plain', data: Buffer.from(source.data, 'base64').toString('utf8') };
      return { type: 'base64', media_type: source.mediaType, data: source.data };
  }
}

/** Letters, digits, `_` and `-` are all that an id may hold here; calls and their results change alike. */
export function toolId(id: string): string {
  return id.replace(/[^a-zA-Z0-9_-]/g, '_') || 'call';
}

/** Undefined for a part that has no place here. */
export function writeBlock(part: Part): Json | undefined {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text, ...(part.citations?.length ? { citations: part.citations.map(writeCitation) } : {}), ...writeMark(part.cache) };
    case 'refusal':
      return { type: 'text', text: part.text };
    case 'image':
      return { type: 'image', source: writeSource(part.source, false), ...writeMark(part.cache) };
    case 'file':
      return compact({ type: 'document', source: writeSource(part.source, true), title: part.name, context: part.context, citations: part.citable ? { enabled: true } : undefined, ...writeMark(part.cache) });
    case 'reasoning': {
      const seal = part.signature ? writeSignature(part.signature, 'anthropic') : '';
      return part.redacted ? { type: 'redacted_thinking', data: seal } : { type: 'thinking', thinking: part.text, signature: seal };
    }
    case 'tool_call':
      return { type: 'tool_use', id: toolId(part.id), name: part.name, input: part.custom ? { input: part.arguments } : parseArguments(part.arguments), ...writeMark(part.cache) };
    case 'tool_result':
      return { type: 'tool_result', tool_use_id: toolId(part.callId), content: part.content.flatMap((item) => writeBlock(item) ?? []), ...(part.isError ? { is_error: true } : {}), ...writeMark(part.cache) };
    case 'opaque':
      return part.dialect === 'anthropic' ? part.value : undefined;
    case 'audio':
    case 'video':
      return undefined;
  }
}
