import type { Usage } from '@higress/kernel';

/** Beyond this no model of today answers or reads; such a number is a fault of the provider's, not a bill. */
const ABSURD_TOKENS = 20_000_000;

/**
 * Reads `usage` of an OpenAI answer or chunk. Parts that exceed their whole are clamped to it and the usage is flagged as an estimate.
 * @returns null where there is none, or where it cannot be true (negative, fractional, absurd): the caller then counts for itself.
 */
export function readOpenAiUsage(usage: unknown): Usage | null {
  if (typeof usage !== 'object' || usage === null) return null;
  const { prompt_tokens: input, completion_tokens: output, prompt_tokens_details: inputParts, completion_tokens_details: outputParts } = usage as Record<string, unknown>;
  if (!isCount(input) || !(output === undefined || output === null || isCount(output))) return null;
  const outputTokens = (output as number | null | undefined) ?? 0;
  const cached = part(inputParts, 'cached_tokens');
  const reasoning = part(outputParts, 'reasoning_tokens');
  return {
    inputTokens: input,
    cachedInputTokens: Math.min(cached, input),
    cacheWriteTokens: Math.min(part(inputParts, 'cache_write_tokens'), input - Math.min(cached, input)),
    outputTokens,
    reasoningTokens: Math.min(reasoning, outputTokens),
    estimated: cached > input || reasoning > outputTokens,
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= ABSURD_TOKENS;
}

function part(details: unknown, name: string): number {
  const value = typeof details === 'object' && details !== null ? (details as Record<string, unknown>)[name] : undefined;
  return isCount(value) ? value : 0;
}
