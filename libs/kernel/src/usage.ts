/**
 * Tokens of one completion, in OpenAI's way of counting: cached tokens are part of the input, reasoning tokens part of the output.
 * Every adapter translates into this way, so that nothing is counted twice.
 */
export interface Usage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** Of the cache-writing tokens those that are kept an hour. Absent: none, as of all that follows. */
  readonly longCacheWriteTokens?: number;
  /** Of the input, and of the output, those that are sound or picture. */
  readonly audioInputTokens?: number;
  readonly audioOutputTokens?: number;
  readonly imageInputTokens?: number;
  readonly imageOutputTokens?: number;
  /** True where the provider gave no usable number and we counted. */
  readonly estimated: boolean;
  /** What is counted beside tokens; absent where only tokens are. */
  readonly units?: Units;
}

/** What a call may be charged by beside its tokens, each absent where there is none of it. */
export interface Units {
  /** Searches as providers of rerankers count them: one question and up to a hundred documents. */
  readonly searches?: number;
  /** Pictures made. */
  readonly images?: number;
  /** Sound that was heard, in milliseconds. */
  readonly audioMs?: number;
  /** Characters spoken. */
  readonly characters?: number;
}

export const NO_USAGE: Usage = { inputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0, estimated: false };

export function totalTokens(usage: Usage): number {
  return usage.inputTokens + usage.outputTokens;
}
