import { NO_USAGE, type Usage } from '@higress/kernel';
import { objectIn } from '../canonical/loose';
import { isCount } from '../canonical/usage-count';

/** The usage of an answer that is made of no tokens: its prompt, or where only the total is told that. Null where neither can be true. */
export function totalUsage(usage: unknown): Usage | null {
  const { prompt_tokens: prompt, total_tokens: total } = objectIn(usage);
  // Some servers tell all of it as the total and nothing as the prompt.
  const inputTokens = isCount(prompt) && prompt > 0 ? prompt : total;
  return isCount(inputTokens) ? { ...NO_USAGE, inputTokens } : null;
}
