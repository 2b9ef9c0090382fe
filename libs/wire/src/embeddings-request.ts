import type { CompletionRequest } from '@higress/kernel';
import { estimatePromptTokens } from '@higress/pricing';
import { invalid, readModel } from './chat-request';
import type { ScannedJson } from './scan-json';

const isTokens = (input: unknown[]) => input.every((item) => Number.isSafeInteger(item));
const isNested = (input: unknown[]) => input.every((item) => typeof item === 'string' || (Array.isArray(item) && isTokens(item)));

/**
 * What the gateway reads of an OpenAI embeddings request: text, texts, tokens, or lists of tokens.
 * @throws DomainError INVALID_REQUEST with the `param` at fault
 */
export function readEmbeddingsRequest({ value }: ScannedJson): CompletionRequest {
  const model = readModel(value);
  const { input } = value;
  const known = typeof input === 'string' ? input !== '' : Array.isArray(input) && input.length > 0 && (isTokens(input) || isNested(input));
  if (!known) throw invalid('input', 'must be a non-empty string or an array of strings or tokens');
  return { model, stream: false, includeUsage: false, maxOutputTokens: 0, choices: 1, estimatedInputTokens: estimatePromptTokens(input) };
}
