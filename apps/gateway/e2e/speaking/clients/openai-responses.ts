import OpenAI from 'openai';
import { type Heard, MAX_TOKENS, PLACE, type Question, type Reach, type SpokenClient, TOOLS } from './spoken-client';

/** The OpenAI SDK, on Responses; nothing is stored, so thoughts come back sealed. */
export function openAiResponses({ url, model, key }: Reach): SpokenClient {
  const { responses } = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
  const asked = ({ text, image, tools, json, thinks, after }: Question) => ({
    model,
    store: false,
    instructions: 'Be brief.',
    include: ['reasoning.encrypted_content' as const],
    max_output_tokens: MAX_TOKENS,
    input: [
      { role: 'user' as const, content: [{ type: 'input_text' as const, text }, ...(image ? [{ type: 'input_image' as const, detail: 'auto' as const, image_url: image }] : [])] },
      ...(after ? [...(after.heard.history as OpenAI.Responses.ResponseInputItem[]), ...after.heard.calls.map(({ id }, i) => ({ type: 'function_call_output' as const, call_id: id, output: after.results[i] ?? '' }))] : []),
    ],
    ...(tools ? { tools: TOOLS.map(({ name, description, schema }) => ({ type: 'function' as const, name, description, parameters: schema, strict: false })) } : {}),
    ...(json ? { text: { format: { type: 'json_schema' as const, name: 'place', schema: PLACE, strict: true } } } : {}),
    ...(thinks ? { reasoning: { effort: 'low' as const, summary: 'auto' as const } } : {}),
  });
  const heard = ({ output, output_text: text, usage }: OpenAI.Responses.Response): Heard => ({
    text,
    calls: output.flatMap((item) => (item.type === 'function_call' ? [{ id: item.call_id, name: item.name, arguments: JSON.parse(item.arguments) as unknown }] : [])),
    thought: output.flatMap((item) => (item.type === 'reasoning' ? item.summary.map((part) => part.text) : [])).join(''),
    usage: usage && { input: usage.input_tokens, cached: usage.input_tokens_details.cached_tokens },
    history: output,
  });
  return {
    name: 'the OpenAI SDK, on Responses',
    tellsThoughts: true,
    keepsSeals: { whole: true, streamed: true },
    keepsCallSeals: { whole: false, streamed: false },
    sendsAddresses: true,
    ask: async (question) => heard(await responses.create(asked(question))),
    async stream(question, { signal, onText } = {}) {
      const stream = responses.stream(asked(question), { signal });
      if (onText) stream.on('response.output_text.delta', onText);
      const response = await stream.finalResponse();
      // The SDK takes a response that failed for a final one.
      if (response.status === 'failed') throw new Error(response.error?.message);
      return heard(response);
    },
    isTyped: (error, status) => error instanceof (status === 400 ? OpenAI.BadRequestError : OpenAI.RateLimitError),
  };
}
