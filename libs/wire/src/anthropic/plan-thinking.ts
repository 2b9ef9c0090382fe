import type { CanonicalMessage, CanonicalRequest } from '@higress/kernel';
import type { Json } from '../canonical/fields';
import type { Loss } from '../canonical/loss';
import { budgetOf } from '../canonical/reasoning-effort';

/** Anthropic takes no smaller budget. */
const LEAST_BUDGET = 1_024;
const EFFORTS = new Set(['low', 'medium', 'high', 'xhigh', 'max']);
/** Models that decide by themselves how long to think. */
const ADAPTIVE = /(opus|sonnet|haiku)-4-[6-9]|(opus|sonnet|haiku|fable|mythos)-[5-9]/;

export interface ThinkingPlan {
  readonly thinking?: Json;
  readonly effort?: string;
  readonly maxTokens: number;
}

/** How a model of Anthropic's is asked to think, and how much it may answer: thoughts count within `max_tokens`, so the bound stays above the budget. */
export function planThinking({ reasoning, toolChoice, messages }: CanonicalRequest, model: string, bound: number | undefined, defaultBound: number, loss: Loss): ThinkingPlan {
  const maxTokens = bound ?? defaultBound;
  if (!reasoning) return { maxTokens };
  const display = reasoning.summary === 'summarized' || reasoning.summary === 'omitted' ? { display: reasoning.summary } : {};
  const effort = reasoning.effort === undefined || reasoning.effort === 'none' ? undefined : EFFORTS.has(reasoning.effort) ? reasoning.effort : 'low';
  if (reasoning.adaptive) return { thinking: { type: 'adaptive', ...display }, effort, maxTokens };
  if (reasoning.budgetTokens === undefined && ADAPTIVE.test(model) && effort) return { thinking: { type: 'adaptive', ...display }, effort, maxTokens };
  const budget = budgetOf(reasoning);
  if (budget === undefined) return { effort, maxTokens };
  if (budget === 0) return { thinking: { type: 'disabled' }, maxTokens };
  const isForced = toolChoice?.mode === 'required' || toolChoice?.mode === 'tool';
  const fits = bound === undefined || bound > LEAST_BUDGET;
  if (isForced || !fits || callsUnthought(messages)) {
    loss.hint('reasoning_effort');
    return { maxTokens };
  }
  const wanted = Math.max(LEAST_BUDGET, budget);
  if (bound === undefined) return { thinking: { type: 'enabled', budget_tokens: wanted, ...display }, maxTokens: wanted + defaultBound };
  return { thinking: { type: 'enabled', budget_tokens: Math.min(wanted, bound - 1), ...display }, maxTokens };
}

/** True where the last turn called tools without a thought that this family sealed: to think on, the model must be shown what it thought before. */
function callsUnthought(messages: readonly CanonicalMessage[]): boolean {
  const at = messages.findLastIndex(({ role }) => role === 'assistant');
  const parts = messages[at]?.parts ?? [];
  if (!parts.some(({ type }) => type === 'tool_call')) return false;
  // What one turn said may stand in several messages.
  let first = at;
  while (messages[first - 1]?.role === 'assistant') first--;
  const [opening] = messages[first]?.parts ?? [];
  return !(opening?.type === 'reasoning' && opening.signature?.by === 'anthropic');
}
