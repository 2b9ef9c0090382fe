import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, jsonSchema, type LanguageModel, type LanguageModelUsage, type ModelMessage, Output, streamText, tool } from 'ai';
import { type Heard, MAX_TOKENS, PLACE, type Question, type Reach, type SpokenClient, TOOLS } from './spoken-client';

type Options = NonNullable<Parameters<typeof generateText>[0]['providerOptions']>;

function vercel(name: string, model: LanguageModel, thinking: Options, always: Options, isMessages: boolean): SpokenClient {
  const asked = ({ text, image, tools, json, thinks, after }: Question) => ({
    model,
    maxRetries: 0,
    maxOutputTokens: MAX_TOKENS,
    system: 'Be brief.',
    messages: [
      { role: 'user' as const, content: [{ type: 'text' as const, text }, ...(image ? [{ type: 'image' as const, image: image.startsWith('data:') ? image : new URL(image), mediaType: 'image/png' }] : [])] },
      ...(after
        ? [...(after.heard.history as ModelMessage[]), { role: 'tool' as const, content: after.heard.calls.map(({ id, name: toolName }, i) => ({ type: 'tool-result' as const, toolCallId: id, toolName, output: { type: 'text' as const, value: after.results[i] ?? '' } })) }]
        : []),
    ],
    ...(tools ? { tools: Object.fromEntries(TOOLS.map(({ name: called, description, schema }) => [called, tool({ description, inputSchema: jsonSchema(schema) })])) } : {}),
    ...(json ? { output: Output.object({ schema: jsonSchema(PLACE), name: 'place' }) } : {}),
    providerOptions: thinks ? thinking : always,
  });
  const heard = (told: { text: string; toolCalls: readonly { toolCallId: string; toolName: string; input: unknown }[]; reasoningText?: string; usage: LanguageModelUsage; messages: readonly ModelMessage[] }): Heard => ({
    text: told.text,
    calls: told.toolCalls.map(({ toolCallId: id, toolName, input }) => ({ id, name: toolName, arguments: input })),
    thought: told.reasoningText ?? '',
    usage: { input: told.usage.inputTokens ?? 0, cached: told.usage.inputTokenDetails.cacheReadTokens ?? 0 },
    history: told.messages,
  });
  return {
    name,
    tellsThoughts: true,
    keepsSeals: { whole: isMessages, streamed: isMessages },
    keepsCallSeals: { whole: false, streamed: false },
    sendsAddresses: isMessages,
    async ask(question) {
      const { text, toolCalls, reasoningText, usage, response } = await generateText(asked(question));
      return heard({ text, toolCalls, reasoningText, usage, messages: response.messages });
    },
    async stream(question, { signal, onText } = {}) {
      const stream = streamText({ ...asked(question), abortSignal: signal, onError: () => undefined });
      for await (const part of stream.fullStream) {
        if (part.type === 'error') throw part.error instanceof Error ? part.error : new Error(JSON.stringify(part.error));
        if (part.type === 'abort') throw new Error('aborted');
        if (part.type === 'text-delta') onText?.();
      }
      return heard({ text: await stream.text, toolCalls: await stream.toolCalls, reasoningText: await stream.reasoningText, usage: await stream.usage, messages: (await stream.response).messages });
    },
    isTyped: (error, status) => APICallError.isInstance(error) && error.statusCode === status,
  };
}

/** The Vercel AI SDK, on its provider for servers of OpenAI's form. */
export function vercelCompatible({ url, model, key }: Reach): SpokenClient {
  const provider = createOpenAICompatible({ name: 'gateway', baseURL: `${url}/v1`, apiKey: key, includeUsage: true, supportsStructuredOutputs: true });
  return vercel('the Vercel AI SDK, on Chat Completions', provider(model), { gateway: { reasoningEffort: 'low' } }, {}, false);
}

/** The same on its provider for Anthropic. */
export function vercelAnthropic({ url, model, key }: Reach): SpokenClient {
  const always = { structuredOutputMode: 'outputFormat' };
  return vercel('the Vercel AI SDK, on Messages', createAnthropic({ baseURL: `${url}/v1`, apiKey: key })(model), { anthropic: { ...always, thinking: { type: 'enabled', budgetTokens: 2048 } } }, { anthropic: always }, true);
}
