import type { KeptAnswer } from '../kept-answer';

/** The right, and the duty, to make an answer that others may be waiting for. One of its methods is called, once; neither rejects. */
export interface Lead {
  /** Resolves when the answer can be found by whoever asks next. */
  keep(answer: KeptAnswer, ttlSeconds: number): Promise<void>;
  /** No answer came of it: one of those who wait goes next. */
  giveUp(): void;
}
