import type { MediaSource } from '@higress/kernel';

const DATA_URL = /^data:([^;,]*)(?:;[^;,]*)*;base64,/i;

/** A data URL's bytes, or the address of anything else. */
export function sourceOfUrl(url: string, mediaType?: string): MediaSource {
  const match = DATA_URL.exec(url.slice(0, 256));
  if (!match) return { kind: 'url', url, ...(mediaType ? { mediaType } : {}) };
  return { kind: 'data', mediaType: match[1] || mediaType || 'application/octet-stream', data: url.slice(match[0].length) };
}

/** Undefined for a source that no URL can name. */
export function urlOfSource(source: MediaSource): string | undefined {
  if (source.kind === 'url') return source.url;
  if (source.kind === 'data') return `data:${source.mediaType};base64,${source.data}`;
  if (source.kind === 'text') return `data:text/plain;base64,${Buffer.from(source.text).toString('base64')}`;
  return undefined;
}

const AUDIO_TYPES: Readonly<Record<string, string>> = { wav: 'audio/wav', mp3: 'audio/mpeg', flac: 'audio/flac', ogg: 'audio/ogg', opus: 'audio/opus', aac: 'audio/aac', m4a: 'audio/mp4', pcm16: 'audio/pcm', aiff: 'audio/aiff' };
const AUDIO_FORMATS: Readonly<Record<string, string>> = { ...Object.fromEntries(Object.entries(AUDIO_TYPES).map(([format, type]) => [type, format])), 'audio/mp3': 'mp3', 'audio/x-wav': 'wav' };

/** OpenAI names a sound by its format, the others by its media type. */
export function audioType(format: string): string {
  return AUDIO_TYPES[format] ?? `audio/${format}`;
}

export function audioFormat(mediaType: string): string {
  return AUDIO_FORMATS[mediaType] ?? mediaType.replace(/^audio\//, '');
}
