import type { CanonicalRequest } from '@higress/kernel';
import { estimateRequestTokens } from './estimate-request-tokens';

/**
 * What a family's vocabulary gives for the same text, beside the estimate that reservations use. Estimates are above OpenAI's vocabulary on
 * purpose; Anthropic's newer vocabulary cuts finer than OpenAI's, Google's about as fine.
 */
const FAMILIES: readonly { readonly name: RegExp; readonly factor: number }[] = [
  { name: /claude|anthropic/i, factor: 1.05 },
  { name: /gemini|gemma/i, factor: 0.9 },
  { name: /gpt|o\d|codex/i, factor: 0.9 },
];

/** How many tokens a prompt has for a model, counted without its vocabulary: docs/dialects.md tells how far that is off. */
export function countTokens(request: CanonicalRequest, model: string): number {
  const factor = FAMILIES.find(({ name }) => name.test(model))?.factor ?? 1;
  return Math.ceil(estimateRequestTokens(request) * factor);
}
