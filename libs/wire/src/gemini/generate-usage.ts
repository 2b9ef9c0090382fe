import type { CanonicalUsage } from '@higress/kernel';
import { isObject, type Json } from '../canonical/fields';
import { listIn, objectIn } from '../canonical/loose';
import { boundedUsage, countIn, isCount } from '../canonical/usage-count';

/** Gemini counts thoughts, and what its own tools read, beside the others; we as parts of output and input. */
export function readGenerateUsage(value: unknown): CanonicalUsage | null {
  const told = objectIn(value);
  if (!isCount(told.promptTokenCount)) return null;
  const thoughts = countIn(told.thoughtsTokenCount);
  return boundedUsage({
    inputTokens: told.promptTokenCount + countIn(told.toolUsePromptTokenCount),
    cachedInputTokens: countIn(told.cachedContentTokenCount),
    cacheWriteTokens: 0,
    outputTokens: countIn(told.candidatesTokenCount) + thoughts,
    reasoningTokens: thoughts,
    audioInputTokens: audioIn(told.promptTokensDetails),
    audioOutputTokens: audioIn(told.candidatesTokensDetails),
    longCacheWriteTokens: 0,
  });
}

function audioIn(details: unknown): number {
  return listIn(details).filter(isObject).reduce((sum, { modality, tokenCount }) => sum + (modality === 'AUDIO' ? countIn(tokenCount) : 0), 0);
}

const audio = (tokens: number, name: string): Json => (tokens > 0 ? { [name]: [{ modality: 'AUDIO', tokenCount: tokens }] } : {});

export function writeGenerateUsage(usage: CanonicalUsage): Json {
  return {
    promptTokenCount: usage.inputTokens,
    candidatesTokenCount: usage.outputTokens - usage.reasoningTokens,
    totalTokenCount: usage.inputTokens + usage.outputTokens,
    ...(usage.cachedInputTokens > 0 ? { cachedContentTokenCount: usage.cachedInputTokens } : {}),
    ...(usage.reasoningTokens > 0 ? { thoughtsTokenCount: usage.reasoningTokens } : {}),
    ...audio(usage.audioInputTokens, 'promptTokensDetails'),
    ...audio(usage.audioOutputTokens, 'candidatesTokensDetails'),
  };
}
