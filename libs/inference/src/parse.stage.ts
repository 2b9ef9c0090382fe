import { type CompletionRequest, DomainError } from '@higress/kernel';
import { readChatRequest, readEmbeddingsRequest, type ScannedJson, scanJson } from '@higress/wire';
import type { InferenceCall } from './call';

const readers = { 'chat/completions': readChatRequest, embeddings: readEmbeddingsRequest } satisfies Record<InferenceCall['endpoint'], (json: ScannedJson) => CompletionRequest>;

export interface Parsed {
  readonly json: ScannedJson;
  readonly request: CompletionRequest;
}

/** @throws DomainError 400 with the parameter at fault */
export function parse({ endpoint, body }: Pick<InferenceCall, 'endpoint' | 'body'>): Parsed {
  if (body.length === 0) throw new DomainError('INVALID_JSON', { message: 'The body is empty.' });
  const json = scanJson(body);
  return { json, request: readers[endpoint](json) };
}
