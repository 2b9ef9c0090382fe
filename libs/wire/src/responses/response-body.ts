import type { CanonicalRequest, FinishReason } from '@higress/kernel';
import type { AnswerTarget } from '../canonical/dialect-codec';
import type { Json } from '../canonical/fields';
import { compact } from '../canonical/loose';
import { writeFormat } from './encode-response-request';

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
export function responseBody(state: ResponseState, { model, request }: AnswerTarget): Json {
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
    ...echo(request),
    ...(state.serviceTier ? { service_tier: state.serviceTier } : {}),
  };
}

function echo(request: CanonicalRequest): Json {
  const { extras } = request;
  return {
    instructions: null,
    metadata: extras.metadata ?? {},
    parallel_tool_calls: request.parallelToolCalls ?? true,
    previous_response_id: null,
    reasoning: { effort: request.reasoning?.effort ?? null, summary: request.reasoning?.summary ?? null },
    store: false,
    temperature: request.temperature ?? null,
    text: { format: writeFormat(request.format) ?? { type: 'text' } },
    tool_choice: request.toolChoice?.mode === 'tool' ? { type: 'function', name: request.toolChoice.name } : (request.toolChoice?.mode ?? 'auto'),
    tools: request.tools.map((tool) => (tool.type === 'builtin' ? tool.value : tool.type === 'custom' ? compact({ ...tool }) : { type: 'function', name: tool.name, description: tool.description ?? null, parameters: tool.parameters ?? null, strict: tool.strict ?? null })),
    top_p: request.topP ?? null,
    truncation: 'disabled',
    max_output_tokens: request.maxOutputTokens ?? null,
  };
}

/** The provider's id in the form of this dialect, else ours. */
export function responseId(id: string, requestId: string): string {
  return id.startsWith('resp_') ? id : `resp_${(id || requestId).replace(/^(chatcmpl-|msg_)/, '')}`;
}
