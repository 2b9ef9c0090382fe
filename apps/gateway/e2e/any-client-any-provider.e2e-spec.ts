import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { ChatOpenAI } from '@langchain/openai';
import { generateText, jsonSchema, streamText, tool } from 'ai';
import OpenAI from 'openai';
import { type House, openHouse } from './open-house';
import { SAID, type SpokenDialect, SPOKEN, speaking } from './speaking-provider';

const PARAMETERS = { type: 'object' as const, properties: { city: { type: 'string' as const } } };
const PNG = 'iVBORw0KGgo=';
/** What the two calls of the recorded answers come to. */
const CALLED = ['get_weather', 'get_time'];

/** The results of tools as a provider of each dialect must be told them. */
const resultsIn: Record<SpokenDialect, (body: Record<string, unknown>) => string[]> = {
  openai: ({ messages }) => (messages as { role: string; content: string; tool_call_id: string }[]).filter(({ role }) => role === 'tool').map(({ content }) => content),
  anthropic: ({ messages }) => (messages as { content: { type: string; content: { text: string }[] }[] }[]).flatMap(({ content }) => content.filter(({ type }) => type === 'tool_result').map(({ content: [first] }) => first?.text ?? '')),
  gemini: ({ contents }) => (contents as { parts: { functionResponse?: { response: { output: string } } }[] }[]).flatMap(({ parts }) => parts.flatMap(({ functionResponse }) => functionResponse?.response.output ?? [])),
};
const imagesIn = (body: unknown) => JSON.stringify(body).split(PNG).length - 1;

describe.each(SPOKEN)('a provider that speaks %s', (dialect) => {
  let house: House;
  let url: string;

  beforeAll(async () => {
    house = await openHouse({
      file: ({ upstream, spare, key }) => ({
        providers: [
          { name: 'first', dialect, base_url: upstream.url, credentials: [{ value: 'credential-of-first' }], timeouts: { connect_ms: 1000, first_token_ms: 5000, idle_ms: 5000, total_ms: 30000 } },
          { name: 'second', dialect: 'openai', base_url: spare.url, credentials: [{ value: 'x' }] },
        ],
        tenants: [{ name: 'acme', billing: 'postpaid', limits: { unlimited: true } }],
        keys: [{ tenant: 'acme', name: 'test', value: key, limits: { unlimited: true } }],
      }),
    });
    url = house.gateway.url;
  });
  afterAll(() => house.close());
  beforeEach(() => {
    house.upstream.reset();
    house.upstream.always(speaking(dialect));
  });
  /** It looks for its fetch in a realm that is not Jest's. */
  const google = () => new GoogleGenAI({ apiKey: house.key, httpOptions: { baseUrl: url, fetch } });
  const sent = () => house.upstream.calls.at(-1)?.body as Record<string, unknown>;

  describe('with the OpenAI SDK', () => {
    const tools = CALLED.map((name) => ({ type: 'function' as const, function: { name, parameters: PARAMETERS } }));
    const messages = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hi' }, { type: 'image_url' as const, image_url: { url: `data:image/png;base64,${PNG}` } }] }];

    it('answers, hears the results of its tools, and streams', async () => {
      const answer = await house.openai.chat.completions.create({ model: 'fake', messages, tools, max_completion_tokens: 100 });
      const [choice] = answer.choices;
      expect(choice?.message.content).toBe(SAID);
      expect(choice?.finish_reason).toBe('tool_calls');
      const calls = choice?.message.tool_calls ?? [];
      expect(calls.map((call) => (call.type === 'function' ? call.function.name : ''))).toEqual(CALLED);
      expect(answer.usage).toMatchObject({ prompt_tokens: 609, prompt_tokens_details: { cached_tokens: 400 } });
      expect(imagesIn(sent())).toBe(1);
      await house.openai.chat.completions.create({ model: 'fake', messages: [...messages, choice?.message ?? { role: 'assistant' }, ...calls.map(({ id }, i) => ({ role: 'tool' as const, tool_call_id: id, content: `result ${i}` }))], tools });
      expect(resultsIn[dialect](sent())).toEqual(['result 0', 'result 1']);

      const stream = house.openai.chat.completions.stream({ model: 'fake', messages, tools, stream_options: { include_usage: true } });
      const streamed = await stream.finalChatCompletion();
      expect(streamed.choices[0]?.message.content).toBe(SAID);
      expect(streamed.choices[0]?.message.tool_calls?.map((call) => [call.function.name, JSON.parse(call.function.arguments) as unknown])).toEqual([['get_weather', expect.objectContaining({ city: '東京' })], ['get_time', {}]]);
      expect(streamed.usage).toMatchObject({ prompt_tokens: 609, prompt_tokens_details: { cached_tokens: 400 } });
    });

    it('gives a response, whole and streamed', async () => {
      const input = [{ role: 'user' as const, content: [{ type: 'input_text' as const, text: 'Hi' }, { type: 'input_image' as const, detail: 'auto' as const, image_url: `data:image/png;base64,${PNG}` }] }];
      const asked = { model: 'fake', input, tools: CALLED.map((name) => ({ type: 'function' as const, name, parameters: PARAMETERS, strict: false })) };
      const answer = await house.openai.responses.create(asked);
      expect(answer.output_text).toBe(SAID);
      const calls = answer.output.filter((item) => item.type === 'function_call');
      expect(calls.map(({ name }) => name)).toEqual(CALLED);
      expect(answer.usage).toMatchObject({ input_tokens: 609, input_tokens_details: { cached_tokens: 400 } });
      await house.openai.responses.create({ ...asked, input: [...input, ...(answer.output as OpenAI.Responses.ResponseInputItem[]), ...calls.map(({ call_id }, i) => ({ type: 'function_call_output' as const, call_id, output: `result ${i}` }))] });
      expect(resultsIn[dialect](sent())).toEqual(['result 0', 'result 1']);
      expect(imagesIn(sent())).toBe(1);
      const streamed = await house.openai.responses.stream(asked).finalResponse();
      expect(streamed).toMatchObject({ status: 'completed', output_text: SAID });
      expect(streamed.output.filter((item) => item.type === 'function_call').map(({ arguments: args }) => JSON.parse(args) as unknown)).toEqual([expect.objectContaining({ city: '東京' }), {}]);
    });
  });

  it('with the Anthropic SDK: answers, hears results, streams, counts tokens', async () => {
    const client = new Anthropic({ apiKey: house.key, baseURL: url, maxRetries: 0 });
    const asked = { model: 'fake', max_tokens: 100, messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hi' }, { type: 'image' as const, source: { type: 'base64' as const, media_type: 'image/png' as const, data: PNG } }] }], tools: CALLED.map((name) => ({ name, input_schema: PARAMETERS })) };
    const answer = await client.messages.create(asked);
    expect(answer.content.flatMap((block) => (block.type === 'text' ? [block.text] : []))).toEqual([SAID]);
    const calls = answer.content.filter((block) => block.type === 'tool_use');
    expect(calls.map(({ name, input }) => [name, input])).toEqual([['get_weather', expect.objectContaining({ city: '東京' })], ['get_time', {}]]);
    expect(answer).toMatchObject({ stop_reason: 'tool_use', usage: { cache_read_input_tokens: 400 } });
    expect(answer.usage.input_tokens + 400 + (answer.usage.cache_creation_input_tokens ?? 0)).toBe(609);
    await client.messages.create({ ...asked, messages: [...asked.messages, { role: 'assistant', content: answer.content as Anthropic.ContentBlockParam[] }, { role: 'user', content: calls.map(({ id }, i) => ({ type: 'tool_result' as const, tool_use_id: id, content: [{ type: 'text' as const, text: `result ${i}` }] })) }] });
    expect(resultsIn[dialect](sent())).toEqual(['result 0', 'result 1']);
    expect(imagesIn(sent())).toBe(1);
    const streamed = await client.messages.stream(asked).finalMessage();
    expect(streamed.content.filter(({ type }) => type !== 'thinking')).toMatchObject([{ type: 'text', text: SAID }, { type: 'tool_use', input: { city: '東京' } }, { type: 'tool_use', input: {} }]);
    expect(streamed).toMatchObject({ stop_reason: 'tool_use', usage: { cache_read_input_tokens: 400 } });
    expect((await client.messages.countTokens({ model: 'fake', messages: [{ role: 'user', content: 'How many tokens are this?' }] })).input_tokens).toBeGreaterThan(3);
  });

  it('with the Google SDK: answers, hears results, streams, counts tokens', async () => {
    const client = google();
    const contents = [{ role: 'user', parts: [{ text: 'Hi' }, { inlineData: { mimeType: 'image/png', data: PNG } }] }];
    const config = { tools: [{ functionDeclarations: CALLED.map((name) => ({ name, parametersJsonSchema: PARAMETERS })) }], maxOutputTokens: 100 };
    const answer = await client.models.generateContent({ model: 'fake', contents, config });
    expect(answer.text).toBe(SAID);
    expect(answer.functionCalls?.map(({ name }) => name)).toEqual(CALLED);
    expect(answer.usageMetadata).toMatchObject({ promptTokenCount: 609, cachedContentTokenCount: 400 });
    const results = (answer.functionCalls ?? []).map(({ id, name }, i) => ({ functionResponse: { id, name, response: { output: `result ${i}` } } }));
    await client.models.generateContent({ model: 'fake', contents: [...contents, answer.candidates?.[0]?.content ?? {}, { role: 'user', parts: results }], config });
    expect(resultsIn[dialect](sent())).toEqual(['result 0', 'result 1']);
    expect(imagesIn(sent())).toBe(1);
    let text = '';
    const calls: unknown[] = [];
    for await (const chunk of await client.models.generateContentStream({ model: 'fake', contents, config })) {
      text += chunk.candidates?.[0]?.content?.parts?.map((part) => (part.thought ? '' : (part.text ?? ''))).join('') ?? '';
      calls.push(...(chunk.functionCalls ?? []).map(({ args }) => args));
    }
    expect(text).toBe(SAID);
    expect(calls).toEqual([expect.objectContaining({ city: '東京' }), {}]);
    expect((await client.models.countTokens({ model: 'fake', contents: 'How many tokens are this?' })).totalTokens).toBeGreaterThan(3);
    const array = await house.post('/v1beta/models/fake:streamGenerateContent', { contents });
    expect(((await array.json()) as unknown[]).length).toBeGreaterThan(1);
  });

  it('with the Vercel AI SDK, in both of its dialects', async () => {
    const openai = createOpenAICompatible({ name: 'gateway', baseURL: `${url}/v1`, apiKey: house.key, includeUsage: true });
    const anthropic = createAnthropic({ baseURL: `${url}/v1`, apiKey: house.key });
    const tools = Object.fromEntries(CALLED.map((name) => [name, tool({ inputSchema: jsonSchema(PARAMETERS) })]));
    for (const model of [openai('fake'), anthropic('fake')]) {
      const answer = await generateText({ model, prompt: 'Hi', tools, maxRetries: 0 });
      expect(answer.text).toBe(SAID);
      expect(answer.toolCalls.map(({ toolName }) => toolName)).toEqual(CALLED);
      const stream = streamText({ model, prompt: 'Hi', tools, maxRetries: 0 });
      expect(await stream.text).toBe(SAID);
      expect((await stream.toolCalls).map(({ input }) => input as unknown)).toEqual([expect.objectContaining({ city: '東京' }), {}]);
      expect((await stream.usage).inputTokens).toBe(609);
    }
  });

  it('with LangChain', async () => {
    const model = new ChatOpenAI({ model: 'fake', apiKey: house.key, configuration: { baseURL: `${url}/v1` }, maxRetries: 0, streamUsage: true }).bindTools(CALLED.map((name) => ({ type: 'function', function: { name, parameters: PARAMETERS } })));
    const answer = await model.invoke('Hi');
    expect(answer.text).toBe(SAID);
    expect(answer.tool_calls?.map(({ name }) => name)).toEqual(CALLED);
    let streamed = '';
    for await (const chunk of await model.stream('Hi')) streamed += chunk.text;
    expect(streamed).toBe(SAID);
  });

  it('has every dialect’s usage in the book in the same parts, cached tokens counted once', async () => {
    const rows = await house.eventually<{ dialect: string; input_tokens: string; cached_input_tokens: string; estimated: boolean }>(`select dialect, input_tokens, cached_input_tokens, estimated from usage_records where status = 200`, (found) => found.length >= 19);
    expect(new Set(rows.map(({ dialect: told }) => told))).toEqual(new Set(['openai', 'anthropic', 'gemini']));
    for (const row of rows) expect([Number(row.input_tokens), Number(row.cached_input_tokens), row.estimated]).toEqual([609, 400, false]);
  });

  it('raises each SDK’s own typed errors', async () => {
    house.upstream.always({ status: 400, body: { error: { message: 'Too hot.', type: 'invalid_request_error' } } });
    await expect(house.openai.chat.completions.create({ model: 'fake', messages: [{ role: 'user', content: 'Hi' }] })).rejects.toThrow(OpenAI.BadRequestError);
    await expect(new Anthropic({ apiKey: house.key, baseURL: url, maxRetries: 0 }).messages.create({ model: 'fake', max_tokens: 1, messages: [{ role: 'user', content: 'Hi' }] })).rejects.toThrow(Anthropic.BadRequestError);
    await expect(google().models.generateContent({ model: 'fake', contents: 'Hi' })).rejects.toMatchObject({ status: 400, message: expect.stringContaining('Too hot.') as string });
    await expect(new Anthropic({ apiKey: 'wrong', baseURL: url, maxRetries: 0 }).messages.create({ model: 'fake', max_tokens: 1, messages: [{ role: 'user', content: 'Hi' }] })).rejects.toThrow(Anthropic.AuthenticationError);
    await expect(house.openai.responses.create({ model: 'nobody', input: 'Hi' })).rejects.toThrow(OpenAI.NotFoundError);
  });

  it('is told when a stream breaks, in the client’s own form', async () => {
    const play = speaking(dialect);
    house.upstream.always((call) => ({ ...(typeof play === 'function' ? play(call) : play), bytesPerWrite: undefined, closesAfterBytes: dialect === 'anthropic' ? 2600 : 1400, resetsAfterBytes: dialect === 'anthropic' ? 2600 : 1400 }));
    const messages = [{ role: 'user' as const, content: 'Hi' }];
    await expect(house.openai.chat.completions.stream({ model: 'fake', messages }).finalChatCompletion()).rejects.toThrow();
    await expect(new Anthropic({ apiKey: house.key, baseURL: url, maxRetries: 0 }).messages.stream({ model: 'fake', max_tokens: 10, messages }).finalMessage()).rejects.toThrow(Anthropic.APIError);
    const failed = [];
    for await (const event of await house.openai.responses.create({ model: 'fake', input: 'Hi', stream: true })) failed.push(event.type);
    expect(failed.at(-1)).toBe('response.failed');
    const streamed = async () => {
      for await (const chunk of await google().models.generateContentStream({ model: 'fake', contents: 'Hi' })) void chunk;
    };
    await expect(streamed()).rejects.toThrow();
  });
});
