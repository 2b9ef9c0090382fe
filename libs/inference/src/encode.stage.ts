import type { CompletionRequest, Deployment, Principal } from '@higress/kernel';
import { adapterFor } from '@higress/providers';
import { rewriteJson, type ScannedJson } from '@higress/wire';
import type { InferenceCall } from './call';
import { type Conversation, requireServed } from './conversation';
import { DIALECT_OF } from './dialect-of';
import { maxOutputTokens, mustBound } from './output-bound';

export interface Encodable {
  readonly call: InferenceCall;
  readonly json: ScannedJson;
  readonly request: CompletionRequest;
  readonly principal: Principal;
  readonly conversation: Conversation;
}

/**
 * The body for a provider: the client's bytes where it speaks as the client does, else a translation.
 * @throws DomainError UNSUPPORTED_PARAMETER
 */
export function encode({ call, json, request, principal, conversation }: Encodable, deployment: Deployment): Buffer {
  requireServed(deployment, call);
  const passes = conversation.passesTo(deployment);
  if (passes && DIALECT_OF[call.endpoint] === 'openai') return encodePassing(json, request, deployment, principal);
  const bound = mustBound(principal, request) ? maxOutputTokens(request, deployment) : undefined;
  return passes ? conversation.pass(deployment, bound) : conversation.translate(deployment, bound);
}

/**
 * For a provider of OpenAI's form: the client's bytes, with the deployment's model name, a request for usage on streams,
 * and a bound on the answer where a prepaid caller gave none.
 */
function encodePassing(json: ScannedJson, request: CompletionRequest, deployment: Deployment, principal: Principal): Buffer {
  const adapter = adapterFor(deployment.provider.dialect);
  const members: Record<string, string | null> = {};
  if (deployment.upstreamModel !== request.model) members.model = JSON.stringify(deployment.upstreamModel);
  if (request.stream && adapter.takesStreamOptions?.(deployment.provider) === false) members.stream_options = null;
  else if (request.stream && !request.includeUsage) members.stream_options = JSON.stringify({ ...(json.value.stream_options as object | null | undefined), include_usage: true });
  if (mustBound(principal, request)) members[adapter.outputBoundField(deployment.provider)] = String(maxOutputTokens(request, deployment));
  return rewriteJson(json, members);
}
