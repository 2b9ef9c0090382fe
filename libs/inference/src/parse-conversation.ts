import type { CanonicalRequest, CompletionRequest } from '@higress/kernel';
import { estimateRequestTokens, picturesIn } from '@higress/pricing';
import { CLIENT_CODECS, invalid, MAX_CHOICES, readChatRequest, readModel, type ScannedJson } from '@higress/wire';
import type { InferenceCall } from './call';
import { DIALECT_OF } from './dialect-of';
import { scanBody } from './scan-body';

export interface ParsedConversation {
  readonly json: ScannedJson;
  readonly request: CompletionRequest;
  /** The request free of its dialect; null for chat completions, which are read so only where they must be translated. */
  readonly asked: CanonicalRequest | null;
}

/** @throws DomainError 400 with the parameter at fault */
export function parseConversation({ endpoint, body, path }: Pick<InferenceCall, 'endpoint' | 'body' | 'path'>): ParsedConversation {
  const json = scanBody(body);
  if (endpoint === 'chat/completions') return { json, request: readChatRequest(json), asked: null };
  if (!path) readModel(json.value);
  const asked = CLIENT_CODECS[DIALECT_OF[endpoint]].decodeRequest(json.value, path);
  const { model, stream, includeUsage, maxOutputTokens = null, choices = 1 } = asked;
  if (choices > MAX_CHOICES) throw invalid('candidateCount', `must be at most ${MAX_CHOICES}`);
  return { json, request: { model, stream, includeUsage, maxOutputTokens, choices, estimatedInputTokens: estimateRequestTokens(asked), pictures: picturesIn(asked) }, asked };
}
