import type { Units } from './usage';

/** How many pictures a prompt shows: to be seen roughly (`detail: low`), and the others. */
export interface PromptPictures {
  readonly low: number;
  readonly other: number;
}

/**
 * What the pipeline needs to know of a request, whatever dialect it came in.
 * The body itself travels beside it as bytes, because the same dialect in and out passes them through.
 */
export interface CompletionRequest {
  readonly model: string;
  readonly stream: boolean;
  /** True where the client asked for the usage chunk at the end of a stream. */
  readonly includeUsage: boolean;
  /** The client's own bound on the answer, in tokens; null where it gave none. */
  readonly maxOutputTokens: number | null;
  /** What one answer usually has, in tokens, where that is far below its bound: for limits, whose reservation is corrected. Absent: as bounded. */
  readonly usualOutputTokens?: number;
  /** How many answers it asks for (`n`), at least 1. */
  readonly choices: number;
  /** The prompt's estimated size, in tokens: never below the real one by more than the estimator's documented error. */
  readonly estimatedInputTokens: number;
  /** The pictures of the prompt, of which the estimate counts each as a large one; absent where there is none. */
  readonly pictures?: PromptPictures;
  /** The most that it may come to beside tokens; absent where only tokens count. */
  readonly units?: Units;
}
