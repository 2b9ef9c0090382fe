import type { BudgetDraft } from '@higress/billing';
import { boundCost, MEDIA_TOKENS, mostPictureTokens } from '@higress/pricing';
import type { CompletionRequest, Deployment, Model, NanoUsd, Principal } from '@higress/kernel';
import { isCharged } from './resolve.stage';

/** What one answer may have where neither the caller nor the deployment says. */
const DEFAULT_MAX_OUTPUT_TOKENS = 4_096;
/** What the token limits reserve for an answer that nobody bounded: a usual one, because the reservation is corrected at its end. */
const USUAL_OUTPUT_TOKENS = 512;

/** The most tokens that one answer of this deployment can have, for one choice: what the caller allows, and never more than it is able to. */
export function maxOutputTokens({ maxOutputTokens: allowed }: CompletionRequest, { maxOutputTokens: able }: Deployment): number {
  return allowed !== null && able !== null ? Math.min(allowed, able) : (allowed ?? able ?? DEFAULT_MAX_OUTPUT_TOKENS);
}

/** Whether we must bound the answer ourselves: a prepaid charge never exceeds its hold, a budget is not exceeded, and this caller named no bound. */
export function mustBound(principal: Principal, request: CompletionRequest): boolean {
  return request.maxOutputTokens === null && ((isCharged(principal) && principal.billing === 'prepaid') || principal.budgeted);
}

/** Tokens to reserve against the limits per minute and per day. */
export function tokensToReserve(request: CompletionRequest): number {
  return request.estimatedInputTokens + (request.usualOutputTokens ?? request.maxOutputTokens ?? USUAL_OUTPUT_TOKENS) * request.choices;
}

/** The most that this call can cost with any of the model's deployments; 0 for whoever is not charged. */
export function amountToHold(principal: Principal, request: CompletionRequest, model: Model): NanoUsd {
  return isCharged(principal) ? costAtMost(request, model) : 0n;
}

/** The most that this call can use of budgets: at price, whether it is charged or not. */
export function budgetToHold(request: CompletionRequest, model: Model): BudgetDraft {
  const tokens = Math.max(...model.deployments.map((deployment) => inputTokensAtMost(request, deployment) + maxOutputTokens(request, deployment) * request.choices));
  return { amountNanoUsd: costAtMost(request, model), tokens };
}

/** The prompt's tokens, its pictures counted as this deployment's model counts the largest. */
function inputTokensAtMost({ estimatedInputTokens, pictures }: CompletionRequest, { upstreamModel }: Deployment): number {
  if (!pictures) return estimatedInputTokens;
  const beyond = (isLow: boolean) => Math.max(0, mostPictureTokens(upstreamModel, isLow) - MEDIA_TOKENS);
  return estimatedInputTokens + pictures.low * beyond(true) + pictures.other * beyond(false);
}

function costAtMost(request: CompletionRequest, model: Model): NanoUsd {
  let most = 0n;
  for (const deployment of model.deployments) {
    if (!deployment.price) continue;
    const cost = boundCost(deployment.price, inputTokensAtMost(request, deployment), maxOutputTokens(request, deployment) * request.choices, request.units);
    if (cost > most) most = cost;
  }
  return most;
}
