import type { HoldDraft } from '@higress/billing';
import { type CompletionRequest, type Deployment, type Model, type Principal, uuidv7Time } from '@higress/kernel';
import type { InferenceCall } from './call';
import { billedDialect } from './dialect-of';
import { amountToHold, budgetToHold } from './output-bound';

/** What to set aside for a call before it is made, told of the deployment that is tried first. */
export function draftHold(call: InferenceCall, principal: Principal, request: CompletionRequest, model: Model): HoldDraft {
  const first = model.deployments[0] as Deployment;
  return {
    call: {
      requestId: call.requestId, startedAt: uuidv7Time(call.requestId), channel: call.channel, tenantId: principal.tenantId, keyId: principal.keyId, userId: principal.userId, model: model.name, provider: first.provider.name,
      upstreamModel: first.upstreamModel, dialect: billedDialect(call.endpoint), stream: request.stream, clientRequestId: call.clientRequestId, tags: principal.tags,
    },
    billing: principal.channel === 'internal' ? 'internal' : principal.billing,
    amountNanoUsd: amountToHold(principal, request, model),
    price: first.price,
    budget: principal.budgeted ? budgetToHold(request, model) : null,
    open: null,
  };
}
