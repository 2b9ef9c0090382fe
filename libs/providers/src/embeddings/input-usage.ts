import { NO_USAGE, type Usage } from '@higress/kernel';
import { isCount } from '@higress/wire';

/** The usage of prompts alone, each as its answer tells it; null where one tells none. */
export function inputUsage(counts: readonly unknown[]): Usage | null {
  let inputTokens = 0;
  for (const count of counts) {
    if (!isCount(count)) return null;
    inputTokens += count;
  }
  return { ...NO_USAGE, inputTokens };
}
