import OpenAI from 'openai';
import { type Heard, MAX_TOKENS, PLACE, type Question, type Reach, type SpokenClient, TOOLS } from './spoken-client';

type Message = OpenAI.ChatCompletionMessage & { reasoning_content?: string };

/** The OpenAI SDK, on Chat Completions. */
export function openAiChat({ url, model, key }: Reach): SpokenClient {
  const { chat } = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
  const asked = ({ text, image, tools, json, thinks, after }: Question) => ({
    model,
    max_completion_tokens: MAX_TOKENS,
    messages: [
      { role: 'system' as const, content: 'Be brief.' },
      { role: 'user' as const, content: image ? [{ type: 'text' as const, text }, { type: 'image_url' as const, image_url: { url: image } }] : text },
      ...(after ? [after.heard.history as Message, ...after.heard.calls.map(({ id }, i) => ({ role: 'tool' as const, tool_call_id: id, content: after.results[i] ?? '' }))] : []),
    ],
    ...(tools ? { tools: TOOLS.map(({ name, description, schema }) => ({ type: 'function' as const, function: { name, description, parameters: schema } })) } : {}),
    ...(json ? { response_format: { type: 'json_schema' as const, json_schema: { name: 'place', schema: PLACE, strict: true } } } : {}),
    ...(thinks ? { reasoning_effort: 'low' as const } : {}),
  });
  const heard = ({ choices, usage }: OpenAI.ChatCompletion, thought: string): Heard => {
    const message = choices[0]?.message as Message;
    const calls = (message.tool_calls ?? []).flatMap((call) => (call.type === 'function' ? [{ id: call.id, name: call.function.name, arguments: JSON.parse(call.function.arguments) as unknown }] : []));
    return { text: message.content ?? '', calls, thought, usage: usage && { input: usage.prompt_tokens, cached: usage.prompt_tokens_details?.cached_tokens ?? 0 }, history: message };
  };
  return {
    name: 'the OpenAI SDK, on Chat Completions',
    tellsThoughts: true,
    // The helper for streams keeps only the members that it knows.
    keepsSeals: { whole: true, streamed: false },
    keepsCallSeals: { whole: true, streamed: false },
    sendsAddresses: true,
    ask: async (question) => {
      const answer = await chat.completions.create(asked(question));
      return heard(answer, (answer.choices[0]?.message as Message).reasoning_content ?? '');
    },
    async stream(question, { signal, onText } = {}) {
      const stream = chat.completions.stream({ ...asked(question), stream_options: { include_usage: true } }, { signal });
      let thought = '';
      stream.on('chunk', ({ choices: [choice] }) => {
        thought += (choice?.delta as Partial<Message> | undefined)?.reasoning_content ?? '';
      });
      if (onText) stream.on('content', onText);
      return heard(await stream.finalChatCompletion(), thought);
    },
    isTyped: (error, status) => error instanceof (status === 400 ? OpenAI.BadRequestError : OpenAI.RateLimitError),
  };
}
