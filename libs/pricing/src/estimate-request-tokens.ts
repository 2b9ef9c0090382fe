import type { CanonicalRequest, MediaSource, Part } from '@higress/kernel';
import { estimatePromptTokens, estimateTokens, MEDIA_TOKENS, TOKENS_PER_OBJECT } from './estimate-tokens';

/** A page of a PDF is some tens of kilobytes and some thousand tokens. */
const BYTES_PER_FILE_TOKEN = 24;

/** Estimates the prompt of a request in any dialect, as {@link estimatePromptTokens} does for OpenAI's: at or above what models count. */
export function estimateRequestTokens({ messages, tools, format }: Pick<CanonicalRequest, 'messages' | 'tools' | 'format'>): number {
  let tokens = 0;
  for (const { parts } of messages) tokens += TOKENS_PER_OBJECT + sum(parts);
  for (const tool of tools) tokens += estimatePromptTokens(tool);
  return tokens + (format?.type === 'json_schema' ? estimatePromptTokens(format.schema) : 0);
}

function sum(parts: readonly Part[]): number {
  let tokens = 0;
  for (const part of parts) tokens += ofPart(part);
  return tokens;
}

function ofPart(part: Part): number {
  switch (part.type) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return estimateTokens(part.text);
    case 'tool_call':
      return TOKENS_PER_OBJECT + estimateTokens(part.name) + estimateTokens(part.arguments);
    case 'tool_result':
      return TOKENS_PER_OBJECT + sum(part.content);
    case 'opaque':
      return estimatePromptTokens(part.value);
    case 'image':
      return MEDIA_TOKENS;
    default:
      return ofFile(part.source);
  }
}

function ofFile(source: MediaSource): number {
  if (source.kind === 'text') return estimateTokens(source.text);
  return source.kind === 'data' ? Math.max(MEDIA_TOKENS, Math.ceil((source.data.length * 3) / 4 / BYTES_PER_FILE_TOKEN)) : MEDIA_TOKENS;
}
