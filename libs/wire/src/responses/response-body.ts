import type { CanonicalRequest, FinishReason } from '@higress/kernel';
import type { AnswerTarget } from '../canonical/dialect-codec';
import type { Json } from '../canonical/fields';
import { compact } from '../canonical/loose';
import { writeFormat } from './encode-response-request';
import { type ResponseKeeping, writeKeeping } from './told-response';

const NOT_KEPT: ResponseKeeping = { store: false, previousId: null };

const INCOMPLETE: Partial<Record<FinishReason, string>> = { length: 'max_output_tokens', context_length: 'max_output_tokens', content_filter: 'content_filter' };

export interface ResponseState {
  readonly id: string;
  readonly createdUnix: number;
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  readonly output: readonly Json[];
  readonly usage: Json | null;
  readonly incomplete?: string;
  readonly error?: { readonly code: string; readonly message: string };
  readonly serviceTier?: string;
}

/** How a response that ended so is told of: its status, and why it is not whole. */
export function endingOf(finish: FinishReason): Pick<ResponseState, 'status' | 'incomplete'> {
  const reason = INCOMPLETE[finish];
  return reason ? { status: 'incomplete', incomplete: reason } : { status: 'completed' };
}

/** The response object: what came of it, and what was asked, which clients of this dialect read back. */
export function responseBody(state: ResponseState, { model, request, asked = {}, keeping = NOT_KEPT }: AnswerTarget): Json {
  return {
    id: state.id,
    object: 'response',
    created_at: state.createdUnix,
    status: state.status,
    error: state.error ?? null,
    incomplete_details: state.incomplete ? { reason: state.incomplete } : null,
    model,
    output: state.output,
    usage: state.usage,
    ...echo(request, asked),
    ...writeKeeping(keeping),
    ...(state.serviceTier ? { service_tier: state.serviceTier } : {}),
  };
}

function echo(request: CanonicalRequest, asked: Json): Json {
  const { extras } = request;
  const named = (...names: string[]) => Object.fromEntries(names.flatMap((name) => (extras[name] === undefined ? [] : [[name, extras[name]]])));
  return {
    background: false,
    instructions: asked.instructions ?? null,
    metadata: extras.metadata ?? {},
    ...named('max_tool_calls', 'prompt_cache_key', 'prompt_cache_retention', 'safety_identifier'),
    ...(request.user === undefined ? {} : { user: request.user }),
    parallel_tool_calls: request.parallelToolCalls ?? true,
    reasoning: { effort: request.reasoning?.effort ?? null, summary: request.reasoning?.summary ?? null },
    temperature: request.temperature ?? null,
    text: compact({ format: writeFormat(request.format) ?? { type: 'text' }, verbosity: request.verbosity }),
    tool_choice: request.toolChoice?.mode === 'tool' ? { type: 'function', name: request.toolChoice.name } : (request.toolChoice?.mode ?? 'auto'),
    tools: request.tools.map((tool) => (tool.type === 'builtin' ? tool.value : tool.type === 'custom' ? compact({ ...tool }) : { type: 'function', name: tool.name, description: tool.description ?? null, parameters: tool.parameters ?? null, strict: tool.strict ?? null })),
    top_p: request.topP ?? null,
    top_logprobs: request.logprobs ?? 0,
    truncation: extras.truncation ?? 'disabled',
    max_output_tokens: request.maxOutputTokens ?? null,
  };
}

/** The id that a provider of this dialect gave, else one of ours: those of other dialects need not differ from call to call, and by this one a response is asked for later. */
export function responseId(id: string, requestId: string): string {
  return id.startsWith('resp_') ? id : `resp_${requestId}`;
}
