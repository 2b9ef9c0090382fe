import type { ProviderCall } from '@higress/testing';
import { CALLS, halves, type Parts, type SpokenProvider, sse, type Understood } from './spoken-provider';

interface Message {
  readonly role: string;
  readonly content?: string | null | readonly { readonly type: string; readonly text?: string; readonly image_url?: { readonly url: string } }[];
  readonly tool_calls?: readonly { readonly id: string }[];
  readonly tool_call_id?: string;
}

interface Asked {
  readonly model: string;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly messages: readonly Message[];
  readonly tools?: readonly unknown[];
  readonly response_format?: { readonly type: string };
  readonly reasoning_effort?: string;
  readonly max_tokens?: number;
}

const HEAD = { id: 'chatcmpl-1', created: 1_763_822_400, model: 'gpt-5-2025-08-07', system_fingerprint: 'fp_1' };
const USAGE = { prompt_tokens: 609, completion_tokens: 89, total_tokens: 698, prompt_tokens_details: { cached_tokens: 400, audio_tokens: 0 }, completion_tokens_details: { reasoning_tokens: 28, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 } };
const bodyOf = ({ body }: ProviderCall) => body as Asked;
const partsOf = ({ content }: Message) => (Array.isArray(content) ? content : []);

function chat(about: Pick<SpokenProvider, 'dialect' | 'base' | 'credential' | 'tellsThoughts'> & { faultOfPath(call: ProviderCall): string | null }): SpokenProvider {
  return {
    ...about,
    model: 'gpt-5',
    contentType: 'text/event-stream; charset=utf-8',
    takesImageUrls: true,
    seals: null,
    usage: { input: 609, cached: 400, written: 0, output: 89, reasoning: 28 },
    faultOf: (call, types) => about.faultOfPath(call) ?? types.faultOf('CompatibleRequest', call.body) ?? faultOfTurns(bodyOf(call).messages),
    understand(call): Understood {
      const { model, stream = false, messages, tools, response_format: format, reasoning_effort: effort } = bodyOf(call);
      const results = messages.filter(({ role }) => role === 'tool').map((message) => (typeof message.content === 'string' ? message.content : partsOf(message).map(({ text }) => text).join('')));
      return {
        model, stream, results,
        wish: results.length > 0 ? 'conclusion' : format?.type === 'json_schema' ? 'json' : tools ? 'calls' : 'text',
        thinks: effort !== undefined && effort !== 'none',
        images: messages.flatMap(partsOf).flatMap(({ image_url: image }) => image?.url ?? []),
        hasSeal: false,
      };
    },
    whole: ({ thought, text, calls }) => ({
      ...HEAD, object: 'chat.completion',
      choices: [{
        index: 0, logprobs: null, finish_reason: calls.length > 0 ? 'tool_calls' : 'stop',
        message: { role: 'assistant', content: text, refusal: null, annotations: [], ...(thought ? { reasoning_content: thought } : {}), ...(calls.length > 0 ? { tool_calls: calls.map(callOf) } : {}) },
      }],
      usage: USAGE,
    }),
    stream: ({ thought, text, calls }: Parts) => {
      const chunk = (delta: object, finish: string | null = null) => sse({ ...HEAD, object: 'chat.completion.chunk', choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], usage: null });
      return [
        chunk({ role: 'assistant', content: '', refusal: null }),
        ...(thought ? halves(thought).map((half) => chunk({ reasoning_content: half })) : []),
        ...halves(text).map((content) => chunk({ content })),
        ...calls.flatMap((call, index) => [
          chunk({ tool_calls: [{ index, id: callOf(call, index).id, type: 'function', function: { name: call.name, arguments: '' } }] }),
          ...halves(JSON.stringify(call.arguments)).map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
        ]),
        chunk({}, calls.length > 0 ? 'tool_calls' : 'stop'),
        sse({ ...HEAD, object: 'chat.completion.chunk', choices: [], usage: USAGE }),
        Buffer.from('data: [DONE]\n\n'),
      ];
    },
    failure: (message) => sse({ error: { message, type: 'server_error', param: null, code: null } }),
    refusal: (status, message) => ({ error: { message, type: status === 429 ? 'rate_limit_error' : 'invalid_request_error', param: null, code: null } }),
  };
}

const callOf = (call: (typeof CALLS)[number], i: number) => ({ id: `call_${i}`, type: 'function', function: { name: call.name, arguments: JSON.stringify(call.arguments) } });

/** Each call must be answered at once, and nothing answered that was not called. */
function faultOfTurns(messages: readonly Message[]): string | null {
  let open = new Set<string>();
  for (const [i, { role, tool_calls: calls, tool_call_id: id, content }] of messages.entries()) {
    if (role === 'tool') {
      if (!open.delete(id ?? '')) return `messages.[${i}].role: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'`;
      continue;
    }
    if (open.size > 0) return `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id': ${[...open].join()}`;
    if (role === 'assistant' && !calls && (content === null || content === undefined)) return `messages.[${i}].content: expected a string, got null`;
    open = new Set((calls ?? []).map((call) => call.id));
  }
  return null;
}

const wrongKey = 'Incorrect API key provided';

/** A server of OpenAI’s form of which nothing is known. */
export const compatible = chat({
  dialect: 'openai', base: '/compatible/v1', credential: 'sk-of-the-compatible', tellsThoughts: true,
  faultOfPath: ({ path, headers, body }) =>
    headers.authorization !== 'Bearer sk-of-the-compatible' ? wrongKey : path !== '/compatible/v1/chat/completions' ? `no such path: ${path}` : (body as Asked).model !== 'gpt-5' ? 'no such model' : null,
});

/** Azure’s older form: the deployment is in the path. */
export const azure = chat({
  dialect: 'azure-openai', base: '/azure', credential: 'key-of-azure', tellsThoughts: false,
  faultOfPath: ({ path, headers, body }) => {
    if (headers['api-key'] !== 'key-of-azure' || headers.authorization !== undefined) return wrongKey;
    if (path !== '/azure/openai/deployments/gpt-5/chat/completions?api-version=2024-10-21') return `Resource not found: ${path}`;
    if ((body as Asked).max_tokens !== undefined && 'max_completion_tokens' in (body as Asked)) return "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.";
    return JSON.stringify(body).includes('reasoning_content') || JSON.stringify(body).includes('thinking_blocks') ? 'Unrecognized request argument supplied' : null;
  },
});
