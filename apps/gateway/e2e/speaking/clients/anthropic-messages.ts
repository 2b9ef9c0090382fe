import Anthropic from '@anthropic-ai/sdk';
import { dataOf, type Heard, MAX_TOKENS, PLACE, type Question, type Reach, type SpokenClient, TOOLS } from './spoken-client';

function imageBlock(image: string): Anthropic.ImageBlockParam {
  const inline = dataOf(image);
  return { type: 'image', source: inline ? { type: 'base64', media_type: inline.mediaType as 'image/png', data: inline.data } : { type: 'url', url: image } };
}

/** The Anthropic SDK. */
export function anthropicMessages({ url, model, key }: Reach): SpokenClient {
  const { messages } = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 });
  const asked = ({ text, image, tools, json, thinks, after }: Question) => ({
    model,
    max_tokens: MAX_TOKENS,
    system: 'Be brief.',
    messages: [
      { role: 'user' as const, content: [{ type: 'text' as const, text }, ...(image ? [imageBlock(image)] : [])] },
      ...(after
        ? [{ role: 'assistant' as const, content: after.heard.history as Anthropic.ContentBlockParam[] }, { role: 'user' as const, content: after.heard.calls.map(({ id }, i) => ({ type: 'tool_result' as const, tool_use_id: id, content: [{ type: 'text' as const, text: after.results[i] ?? '' }] })) }]
        : []),
    ],
    ...(tools ? { tools: TOOLS.map(({ name, description, schema }) => ({ name, description, input_schema: schema })) } : {}),
    ...(json ? { output_config: { format: { type: 'json_schema' as const, schema: PLACE } } } : {}),
    ...(thinks ? { thinking: { type: 'enabled' as const, budget_tokens: 2048 } } : {}),
  });
  const heard = ({ content, usage }: Pick<Anthropic.Message, 'content' | 'usage'>): Heard => ({
    text: content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join(''),
    calls: content.flatMap((block) => (block.type === 'tool_use' ? [{ id: block.id, name: block.name, arguments: block.input }] : [])),
    thought: content.flatMap((block) => (block.type === 'thinking' ? [block.thinking] : [])).join(''),
    usage: { input: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0), cached: usage.cache_read_input_tokens ?? 0 },
    history: content,
  });
  return {
    name: 'the Anthropic SDK',
    tellsThoughts: true,
    keepsSeals: { whole: true, streamed: true },
    keepsCallSeals: { whole: false, streamed: false },
    sendsAddresses: true,
    ask: async (question) => heard(await messages.create(asked(question))),
    async stream(question, { signal, onText } = {}) {
      const stream = messages.stream(asked(question), { signal });
      if (onText) stream.on('text', onText);
      return heard(await stream.finalMessage());
    },
    isTyped: (error, status) => error instanceof (status === 400 ? Anthropic.BadRequestError : Anthropic.RateLimitError),
  };
}
