import { type AIMessageChunk, HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { type Heard, MAX_TOKENS, PLACE, type Question, type Reach, type SpokenClient, TOOLS } from './spoken-client';

/** LangChain's chat model for OpenAI. */
export function langChain({ url, model, key }: Reach): SpokenClient {
  const chat = (thinks: boolean | undefined) => new ChatOpenAI({ model, apiKey: key, configuration: { baseURL: `${url}/v1` }, maxRetries: 0, streamUsage: true, modelKwargs: { max_completion_tokens: MAX_TOKENS, ...(thinks ? { reasoning_effort: 'low' } : {}) } });
  const messages = ({ text, image, after }: Question) => [
    new SystemMessage('Be brief.'),
    new HumanMessage({ content: image ? [{ type: 'text', text }, { type: 'image_url', image_url: { url: image } }] : text }),
    ...(after ? [after.heard.history as AIMessageChunk, ...after.heard.calls.map(({ id }, i) => new ToolMessage({ tool_call_id: id, content: after.results[i] ?? '' }))] : []),
  ];
  const options = ({ tools, json }: Question) => ({
    ...(tools ? { tools: TOOLS.map(({ name, description, schema }) => ({ type: 'function' as const, function: { name, description, parameters: schema } })) } : {}),
    ...(json ? { response_format: { type: 'json_schema' as const, json_schema: { name: 'place', schema: PLACE, strict: true } } } : {}),
  });
  const heard = (message: AIMessageChunk): Heard => ({
    text: message.text,
    calls: (message.tool_calls ?? []).map(({ id = '', name, args }) => ({ id, name, arguments: args })),
    thought: '',
    usage: message.usage_metadata && { input: message.usage_metadata.input_tokens, cached: message.usage_metadata.input_token_details?.cache_read ?? 0 },
    history: message,
  });
  return {
    name: 'LangChain',
    tellsThoughts: false,
    keepsSeals: { whole: false, streamed: false },
    keepsCallSeals: { whole: false, streamed: false },
    sendsAddresses: true,
    ask: async (question) => heard(await chat(question.thinks).invoke(messages(question), options(question))),
    async stream(question, { signal, onText } = {}) {
      let whole: AIMessageChunk | undefined;
      for await (const chunk of await chat(question.thinks).stream(messages(question), { ...options(question), signal })) {
        whole = whole ? whole.concat(chunk) : chunk;
        if (chunk.text !== '') onText?.();
      }
      if (!whole) throw new Error('The stream was empty.');
      return heard(whole);
    },
    isTyped: (error, status) => (error as { status?: number }).status === status,
  };
}
