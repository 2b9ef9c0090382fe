import type { Usage } from '@higress/kernel';

/** The tokens of both; null where one is not known. */
export function sumUsage(one: Usage | null, other: Usage | null): Usage | null {
  if (!one || !other) return null;
  const of = (part: 'audioInputTokens' | 'audioOutputTokens' | 'imageInputTokens' | 'imageOutputTokens') => (one[part] === undefined && other[part] === undefined ? {} : { [part]: (one[part] ?? 0) + (other[part] ?? 0) });
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    cachedInputTokens: one.cachedInputTokens + other.cachedInputTokens,
    cacheWriteTokens: one.cacheWriteTokens + other.cacheWriteTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    reasoningTokens: one.reasoningTokens + other.reasoningTokens,
    estimated: one.estimated || other.estimated,
    ...of('audioInputTokens'),
    ...of('audioOutputTokens'),
    ...of('imageInputTokens'),
    ...of('imageOutputTokens'),
  };
}
