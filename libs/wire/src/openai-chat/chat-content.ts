import type { CacheMark, Part } from '@higress/kernel';
import { invalid } from '../chat-request';
import { type Fields } from '../canonical/fields';
import { audioFormat, audioType, sourceOfUrl, urlOfSource } from '../canonical/media';
import type { Json } from '../canonical/fields';

/** The mark that several gateways and providers take in OpenAI's form as Anthropic spells it. */
export function readCacheMark(part: Fields): CacheMark | undefined {
  const mark = part.fields('cache_control');
  if (!mark) return undefined;
  const ttl = mark.text('ttl');
  return ttl === '1h' || ttl === '5m' ? { ttl } : {};
}

export function cacheField(cache: CacheMark | undefined): Json {
  return cache ? { cache_control: { type: 'ephemeral', ...(cache.ttl ? { ttl: cache.ttl } : {}) } } : {};
}

const marked = (part: Fields): { cache?: CacheMark } => {
  const cache = readCacheMark(part);
  return cache ? { cache } : {};
};

/** One part of a message's content. */
export function readPart(part: Fields): Part {
  const type = part.needText('type');
  switch (type) {
    case 'text':
      return { type: 'text', text: part.needText('text'), ...marked(part) };
    case 'refusal':
      return { type: 'refusal', text: part.needText('refusal') };
    case 'image_url': {
      const given = part.get('image_url');
      if (typeof given === 'string') return { type: 'image', source: sourceOfUrl(given), ...marked(part) };
      const image = part.fields('image_url') ?? part.missing('image_url');
      const detail = image.text('detail');
      return { type: 'image', source: sourceOfUrl(image.needText('url')), ...(detail ? { detail } : {}), ...marked(part) };
    }
    case 'input_audio': {
      const audio = part.fields('input_audio') ?? part.missing('input_audio');
      return { type: 'audio', source: { kind: 'data', mediaType: audioType(audio.needText('format')), data: audio.needText('data') } };
    }
    case 'video_url': {
      const video = part.fields('video_url') ?? part.missing('video_url');
      return { type: 'video', source: sourceOfUrl(video.needText('url')) };
    }
    case 'file':
      return readFile(part.fields('file') ?? part.missing('file'), part);
    default:
      throw invalid(part.at('type'), 'has a value that is not known here');
  }
}

function readFile(file: Fields, part: Fields): Part {
  const name = file.text('filename');
  const named = { ...(name ? { name } : {}), ...marked(part) };
  const id = file.text('file_id');
  if (id !== undefined) return { type: 'file', source: { kind: 'id', id }, ...named };
  const data = file.needText('file_data');
  const isUrl = data.startsWith('data:') || /^https?:\/\//.test(data);
  return { type: 'file', source: isUrl ? sourceOfUrl(data) : { kind: 'data', mediaType: 'application/pdf', data }, ...named };
}

/** Undefined for a part that OpenAI's form has no place for in a message of a user. */
export function writePart(part: Part): Json | undefined {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text, ...cacheField(part.cache) };
    case 'refusal':
      return { type: 'refusal', refusal: part.text };
    case 'image': {
      const url = urlOfSource(part.source);
      return url === undefined ? undefined : { type: 'image_url', image_url: { url, ...(part.detail ? { detail: part.detail } : {}) }, ...cacheField(part.cache) };
    }
    case 'audio':
      return part.source.kind === 'data' ? { type: 'input_audio', input_audio: { data: part.source.data, format: audioFormat(part.source.mediaType) } } : undefined;
    case 'video': {
      const url = urlOfSource(part.source);
      return url === undefined ? undefined : { type: 'video_url', video_url: { url } };
    }
    case 'file': {
      if (part.source.kind === 'id') return { type: 'file', file: { file_id: part.source.id, ...(part.name ? { filename: part.name } : {}) }, ...cacheField(part.cache) };
      if (part.source.kind === 'text') return { type: 'text', text: part.source.text, ...cacheField(part.cache) };
      return { type: 'file', file: { file_data: urlOfSource(part.source), ...(part.name ? { filename: part.name } : {}) }, ...cacheField(part.cache) };
    }
    default:
      return undefined;
  }
}
