import type { CompletionRequest, Deployment, Principal } from '@higress/kernel';
import { adapterFor } from '@higress/providers';
import { rewriteJson, type ScannedJson } from '@higress/wire';
import { maxOutputTokens, mustBound } from './output-bound';

/**
 * A chat completion for a provider of OpenAI's form: the client's bytes, with the deployment's model name, a request for usage on streams,
 * and a bound on the answer where a prepaid caller gave none.
 */
export function passChat(json: ScannedJson, request: CompletionRequest, deployment: Deployment, principal: Principal): Buffer {
  const adapter = adapterFor(deployment.provider.dialect);
  const members: Record<string, string | null> = {};
  if (deployment.upstreamModel !== request.model) members.model = JSON.stringify(deployment.upstreamModel);
  if (request.stream && adapter.takesStreamOptions?.(deployment.provider) === false) members.stream_options = null;
  else if (request.stream && !request.includeUsage) members.stream_options = JSON.stringify({ ...(json.value.stream_options as object | null | undefined), include_usage: true });
  if (mustBound(principal, request)) members[adapter.outputBoundField(deployment.provider)] = String(maxOutputTokens(request, deployment));
  return rewriteJson(json, members);
}
