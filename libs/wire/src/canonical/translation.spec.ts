import { type CanonicalAnswer, type CanonicalChunk, type CanonicalRequest, type ClientDialect, DomainError, isContent } from '@higress/kernel';
import { PassedStream, TranslatedStream, chatClient, chatProvider, type ClientCodec, CustomCallRestorer, geminiApiProvider, generateClient, generateProvider, Loss, messagesClient, messagesProvider, OPENAI_QUIRKS, PLAIN_QUIRKS, responseClient, restoreCustomCalls } from '../../index';
import { anAnswerTarget, anEncodeTarget, CODECS } from '../fixtures/codecs';

const chat = (body: object) => chatClient.decodeRequest({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...body });
const events = (bytes: Buffer): Record<string, unknown>[] => bytes.toString().split('\n\n').flatMap((event) => (event.match(/^data: (\{.*)$/m) ? [JSON.parse(/^data: (.*)$/m.exec(event)?.[1] as string) as Record<string, unknown>] : []));
const sse = (...data: unknown[]) => Buffer.from(data.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));

describe('what a provider cannot be asked', () => {
  it.each<[string, object, keyof typeof CODECS]>([
    ['logit_bias', { logit_bias: { 1: 1 } }, 'anthropic'],
    ['n', { n: 2 }, 'anthropic'],
    ['seed', { seed: 1 }, 'anthropic'],
    ['logprobs', { logprobs: true }, 'anthropic'],
    ['response_format', { response_format: { type: 'json_object' } }, 'anthropic'],
    ['web_search_options', { web_search_options: { a: 1 } }, 'anthropic'],
    ['tools', { tools: [{ type: 'web_search' }] }, 'gemini'],
    ['parallel_tool_calls', { parallel_tool_calls: false }, 'gemini'],
    ['stop', { stop: 'x' }, 'responses'],
    ['messages', { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } }] }] }, 'anthropic'],
  ])('is refused by its name: %s', (param, body, to) => {
    const request = chat(body);
    expect(() => CODECS[to].provider.encodeRequest(request, anEncodeTarget(request))).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_PARAMETER', http: 400, param }) as DomainError);
    const target = anEncodeTarget(request, true);
    CODECS[to].provider.encodeRequest(request, target);
    expect(target.loss.dropped).toEqual([param]);
  });

  it('is named as the caller spelled it', () => {
    const request = generateClient.decodeRequest({ contents: [{ parts: [{ text: 'Hi' }] }], generationConfig: { seed: 1 } }, { model: 'm', stream: false });
    expect(() => messagesProvider.encodeRequest(request, anEncodeTarget(request))).toThrow(expect.objectContaining({ param: 'generationConfig.seed' }) as DomainError);
  });

  it('is dropped and told where it is but a hint', () => {
    const request = chat({ store: true, metadata: { a: 'b' }, prompt_cache_key: 'k', service_tier: 'flex' });
    const target = anEncodeTarget(request);
    expect(messagesProvider.encodeRequest(request, target)).toEqual({ model: 'm', max_tokens: 4096, messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] });
    expect(target.loss.dropped).toEqual(['store', 'metadata', 'prompt_cache_key', 'service_tier']);
  });
});

it('a name in two spellings is refused, because a provider might heed the other one', () => {
  const both = { contents: [{ parts: [{ text: 'Hi' }] }], generationConfig: { maxOutputTokens: 1 }, generation_config: { maxOutputTokens: 65_536 } };
  expect(() => generateClient.decodeRequest(both, { model: 'm', stream: false })).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST', param: 'generation_config' }) as DomainError);
});

describe('a request for a provider', () => {
  it('puts all results of one turn into one message for Anthropic, whatever the ids look like', () => {
    const call = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } });
    const request = chat({ messages: [{ role: 'user', content: 'Hi' }, { role: 'assistant', content: null, tool_calls: [call('a.1'), call('b')] }, { role: 'tool', tool_call_id: 'a.1', content: '1' }, { role: 'tool', tool_call_id: 'b', content: '2' }, { role: 'user', content: 'And?' }] });
    const { messages } = messagesProvider.encodeRequest(request, anEncodeTarget(request)) as { messages: { role: string; content: { type: string; id?: string; tool_use_id?: string }[] }[] };
    expect(messages.map(({ role, content }) => [role, content.map((block) => `${block.type} ${block.id ?? block.tool_use_id ?? ''}`.trim())])).toEqual([['user', ['text']], ['assistant', ['tool_use a_1', 'tool_use b']], ['user', ['tool_result a_1', 'tool_result b', 'text']]]);
  });

  it('keeps the bound above what may be thought', () => {
    const plan = (body: object) => messagesProvider.encodeRequest(chat(body), anEncodeTarget(chat(body)));
    expect(plan({ reasoning_effort: 'high' })).toMatchObject({ thinking: { type: 'enabled', budget_tokens: 16_384 }, max_tokens: 16_384 + 4096 });
    expect(plan({ reasoning_effort: 'high', max_tokens: 4000 })).toMatchObject({ thinking: { type: 'enabled', budget_tokens: 3999 }, max_tokens: 4000 });
    expect(plan({ reasoning_effort: 'none' })).toMatchObject({ thinking: { type: 'disabled' } });
    expect(plan({ reasoning_effort: 'high', max_tokens: 500 })).not.toHaveProperty('thinking');
    expect(messagesProvider.encodeRequest(chat({ reasoning_effort: 'minimal' }), { ...anEncodeTarget(chat({})), model: 'claude-opus-4-7' })).toMatchObject({ thinking: { type: 'adaptive' }, output_config: { effort: 'low' } });
  });

  it('tells a model of Anthropic’s how to sample as far as it can be told', () => {
    const told = (model: string, body: object) => {
      const target = { ...anEncodeTarget(chat({})), model };
      const { temperature, top_p, top_k } = messagesProvider.encodeRequest(chat({ max_tokens: 4096, ...body }), target) as Record<string, number | undefined>;
      return [[temperature, top_p, top_k], target.loss.dropped];
    };
    const all = { temperature: 0.5, top_p: 0.9, top_k: 5 };
    expect(told('claude-3-7-sonnet-20250219', all)).toEqual([[0.5, 0.9, 5], []]);
    expect(told('claude-sonnet-4-20250514', { ...all, temperature: 1.5 })).toEqual([[1, 0.9, 5], ['temperature']]);
    expect(told('claude-sonnet-4-5-20250929', all)).toEqual([[0.5, undefined, 5], ['top_p']]);
    expect(told('claude-opus-4-1', { temperature: 1, top_p: 1 })).toEqual([[1, undefined, undefined], []]);
    expect(told('claude-haiku-4-5', { top_p: 0.9 })).toEqual([[undefined, 0.9, undefined], []]);
    expect(told('claude-opus-4-7', all)).toEqual([[undefined, undefined, undefined], ['temperature', 'top_p', 'top_k']]);
    expect(told('claude-sonnet-4-5', { ...all, reasoning_effort: 'low' })).toEqual([[undefined, 0.9, 5], ['temperature']]);
  });

  it('does not have a model of Anthropic’s think on where its earlier thoughts are gone', () => {
    const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } };
    const turn = (before: object, after: object[] = []) => chat({ max_tokens: 4096, reasoning_effort: 'low', messages: [{ role: 'user', content: 'Hi' }, { role: 'assistant', content: null, tool_calls: [call], ...before }, { role: 'tool', tool_call_id: 'a', content: '1' }, ...after] });
    const thinks = (request: CanonicalRequest, model = 'claude-sonnet-4-5') => {
      const target = { ...anEncodeTarget(request), model };
      return [(messagesProvider.encodeRequest(request, target) as { thinking?: { type: string } }).thinking?.type, target.loss.dropped];
    };
    expect(thinks(turn({}))).toEqual([undefined, ['reasoning_effort']]);
    expect(thinks(turn({ thinking_blocks: [{ type: 'thinking', thinking: 'Hm', signature: 'gw1.gemini.x' }] }))).toEqual([undefined, ['reasoning_effort']]);
    expect(thinks(turn({ thinking_blocks: [{ type: 'thinking', thinking: 'Hm', signature: 's' }] }))).toEqual(['enabled', []]);
    expect(thinks(turn({}, [{ role: 'assistant', content: 'It is 1.' }, { role: 'user', content: 'And?' }]))).toEqual(['enabled', []]);
    expect(thinks(turn({}), 'claude-opus-4-7')).toEqual(['adaptive', []]);
  });

  it('names no file where Gemini’s API refuses names, and seals no call where nobody knows seals', () => {
    const request = chat({ messages: [{ role: 'user', content: [{ type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' } }] }, { role: 'assistant', content: null, tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' }, extra_content: { google: { thought_signature: 'S' } } }] }, { role: 'tool', tool_call_id: 'a', content: '1' }] });
    const target = anEncodeTarget(request);
    expect(JSON.stringify(geminiApiProvider.encodeRequest(request, target))).not.toContain('a.pdf');
    expect(target.loss.dropped).toEqual(['messages.filename']);
    expect(JSON.stringify(generateProvider.encodeRequest(request, anEncodeTarget(request)))).toContain('"displayName":"a.pdf"');
    expect(JSON.stringify(chatProvider(OPENAI_QUIRKS).encodeRequest(request, anEncodeTarget(request)))).not.toContain('extra_content');
    expect(JSON.stringify(chatProvider(PLAIN_QUIRKS).encodeRequest(request, anEncodeTarget(request)))).toContain('extra_content');
  });

  it('never shows a model the thoughts or seals of another', () => {
    const request = messagesClient.decodeRequest({ model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }, { role: 'assistant', content: [{ type: 'thinking', thinking: 'Hm', signature: 'gw1.gemini.S' }, { type: 'thinking', thinking: 'So', signature: 'T' }, { type: 'tool_use', id: 't', name: 'f', input: {} }] }] });
    const [, forClaude] = (messagesProvider.encodeRequest(request, anEncodeTarget(request)) as { messages: { content: object[] }[] }).messages;
    expect(forClaude?.content).toEqual([{ type: 'thinking', thinking: 'So', signature: 'T' }, { type: 'tool_use', id: 't', name: 'f', input: {} }]);
    const [, forGemini] = (generateProvider.encodeRequest(request, { ...anEncodeTarget(request), model: 'gemini-3-pro' }) as { contents: { parts: object[] }[] }).contents;
    expect(forGemini?.parts).toEqual([{ text: 'Hm', thought: true, thoughtSignature: 'S' }, { functionCall: { id: 't', name: 'f', args: {} }, thoughtSignature: 'skip_thought_signature_validator' }]);
  });

  it('lists for Anthropic only the tools that may be called', () => {
    const tool = (name: string) => ({ type: 'function', function: { name } });
    const request = chat({ tools: [tool('a'), tool('b')], tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [tool('b')] } } });
    expect(messagesProvider.encodeRequest(request, anEncodeTarget(request))).toMatchObject({ tools: [{ name: 'b', input_schema: { type: 'object' } }], tool_choice: { type: 'any' } });
  });

  it('heeds the quirks of a server of OpenAI’s form', () => {
    const request = messagesClient.decodeRequest({ model: 'm', max_tokens: 10, system: 'Be kind', messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }] }, { role: 'assistant', content: [{ type: 'thinking', thinking: 'Hm', signature: 's' }, { type: 'text', text: 'Hello' }] }] });
    expect(chatProvider(PLAIN_QUIRKS).encodeRequest(request, anEncodeTarget(request))).toEqual({ model: 'm', max_tokens: 10, messages: [{ role: 'system', content: 'Be kind' }, { role: 'user', content: 'Hi' }, { role: 'assistant', content: 'Hello', reasoning_content: 'Hm' }] });
    expect(chatProvider(OPENAI_QUIRKS).encodeRequest(request, anEncodeTarget(request))).toEqual({ model: 'm', max_completion_tokens: 10, messages: [{ role: 'system', content: 'Be kind' }, { role: 'user', content: 'Hi' }, { role: 'assistant', content: 'Hello' }] });
  });

  it('gives Gemini’s own schemas to others as JSON Schema, and finds the call that a nameless result answers', () => {
    const request = generateClient.decodeRequest(
      { contents: [{ parts: [{ text: 'Hi' }] }, { role: 'model', parts: [{ function_call: { name: 'f', args: { a: 1 } } }] }, { role: 'user', parts: [{ function_response: { name: 'f', response: { output: 'ok' } } }] }], tools: [{ function_declarations: [{ name: 'f', parameters: { type: 'OBJECT', properties: { a: { type: 'STRING', nullable: true } } } }] }] },
      { model: 'm', stream: false },
    );
    expect(chatProvider().encodeRequest(request, anEncodeTarget(request))).toMatchObject({
      messages: [{}, { tool_calls: [{ id: 'call_0', function: { name: 'f', arguments: '{"a":1}' } }] }, { role: 'tool', tool_call_id: 'call_0', content: 'ok' }],
      tools: [{ function: { name: 'f', parameters: { type: 'object', properties: { a: { type: ['string', 'null'] } } } } }],
    });
  });

  it.each<[string, ClientCodec, object, string]>([
    ['a message without a role', chatClient, { model: 'm', messages: [{ content: 'a' }] }, 'messages[0].role'],
    ['a part of no kind', chatClient, { model: 'm', messages: [{ role: 'user', content: [{ text: 'a' }] }] }, 'messages[0].content[0].type'],
    ['an unknown source', messagesClient, { model: 'm', messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'x' } }] }] }, 'messages[0].content[0].source.type'],
    ['contents that are no list', generateClient, { contents: {} }, 'contents'],
    ['an item of no role', responseClient, { model: 'm', input: [{ content: 'a' }] }, 'input[0].role'],
    ['a conversation that is kept elsewhere', responseClient, { model: 'm', input: 'a', conversation: 'conv_1' }, 'conversation'],
    ['a response that is to be made behind one’s back', responseClient, { model: 'm', input: 'a', background: true }, 'background'],
    ['a wish to store that is none', responseClient, { model: 'm', input: 'a', store: 'yes' }, 'store'],
  ])('names what is wrong with %s', (_, client, body, param) => {
    expect(() => client.decodeRequest(body as Record<string, unknown>)).toThrow(expect.objectContaining({ http: 400, param }) as DomainError);
  });
});

describe('a stream for a client', () => {
  const stream = (dialect: ClientDialect, chunks: CanonicalChunk[], request: Partial<CanonicalRequest> = {}) => {
    const encoder = CODECS[dialect].client.streamEncoder(anAnswerTarget(request));
    return events(Buffer.concat([...chunks.map((chunk) => encoder.push([chunk])), encoder.end()]));
  };
  const call = (index: number, id: string | undefined, args: string): CanonicalChunk => ({ type: 'tool_call', choice: 0, index, ...(id ? { id, name: `f${index}` } : {}), arguments: args });
  const start: CanonicalChunk = { type: 'start', id: 'x', model: 'm' };
  const finish: CanonicalChunk = { type: 'finish', choice: 0, reason: 'tool_calls' };

  it('tells Anthropic’s clients of interleaved calls one after the other', () => {
    const told = stream('anthropic', [start, call(0, 'a', '{"x"'), call(1, 'b', '{"y":'), call(0, undefined, ':1}'), call(1, undefined, '2}'), finish]);
    expect(told.map(({ type, index, content_block, delta }) => [type, index, (content_block as { id?: string })?.id ?? (delta as { partial_json?: string })?.partial_json].filter((part) => part !== undefined).join(' '))).toEqual([
      'message_start', 'content_block_start 0 a', 'content_block_delta 0 {"x"', 'content_block_delta 0 :1}', 'content_block_stop 0', 'content_block_start 1 b', 'content_block_delta 1 {"y":', 'content_block_delta 1 2}', 'content_block_stop 1', 'message_delta', 'message_stop',
    ]);
  });

  it('gives each call its own index in OpenAI’s dialect, and the role once', () => {
    const told = stream('openai', [start, call(0, 'a', ''), call(0, undefined, '{}'), call(1, 'b', '{}'), finish], { includeUsage: false });
    expect(told.flatMap(({ choices }) => (choices as { delta: { role?: string; tool_calls?: { index: number; id?: string }[] } }[]).flatMap(({ delta }) => delta.role ?? delta.tool_calls?.map(({ index, id }) => `${index}${id ?? ''}`) ?? []))).toEqual(['assistant', '0a', '0', '1b']);
  });

  it('tells a response’s clients of every step in order, and of the whole at its end', () => {
    const told = stream('responses', [start, { type: 'reasoning', choice: 0, block: 0, text: 'Hm' }, { type: 'text', choice: 0, block: 1, text: 'Hel' }, { type: 'text', choice: 0, block: 1, text: 'lo' }, call(0, 'a', '{}'), finish]);
    expect(told.map(({ type }) => String(type).replace('response.', ''))).toEqual([
      'created', 'in_progress',
      'output_item.added', 'reasoning_summary_part.added', 'reasoning_summary_text.delta', 'reasoning_summary_text.done', 'reasoning_summary_part.done', 'output_item.done',
      'output_item.added', 'content_part.added', 'output_text.delta', 'output_text.delta', 'output_text.done', 'content_part.done', 'output_item.done',
      'output_item.added', 'function_call_arguments.delta', 'function_call_arguments.done', 'output_item.done',
      'completed',
    ]);
    expect(told.map(({ sequence_number: number }) => number)).toEqual(told.map((_, i) => i));
    expect(told.at(-1)).toMatchObject({ response: { status: 'completed', output: [{ type: 'reasoning' }, { type: 'message', content: [{ text: 'Hello' }] }, { type: 'function_call', call_id: 'a', arguments: '{}' }], usage: { input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } } } });
  });

  it('is one array for a client of Gemini’s that asked for one', () => {
    const encoder = generateClient.streamEncoder({ ...anAnswerTarget(), asArray: true });
    const bytes = Buffer.concat([encoder.keepAlive(), encoder.push([start, { type: 'text', choice: 0, block: 0, text: 'a' }]), encoder.keepAlive(), encoder.push([call(0, 'c', '{"x"'), call(0, undefined, ':1}')]), encoder.end()]);
    expect(JSON.parse(bytes.toString())).toMatchObject([{ candidates: [{ content: { parts: [{ text: 'a' }] } }] }, { candidates: [{ content: { parts: [{ functionCall: { name: 'f0', args: { x: 1 } } }] } }] }, { candidates: [{ finishReason: 'STOP' }] }]);
  });

  it.each<[ClientDialect, unknown]>([
    ['openai', { error: { code: 'UPSTREAM_ERROR' } }],
    ['anthropic', { type: 'error', error: { type: 'api_error' } }],
    ['gemini', { error: { code: 502, status: 'UNAVAILABLE' } }],
    ['responses', { type: 'response.failed', response: { status: 'failed', error: { code: 'server_error' } } }],
  ])('ends with an error in the form of %s', (dialect, expected) => {
    const encoder = CODECS[dialect].client.streamEncoder(anAnswerTarget());
    encoder.push([start, { type: 'text', choice: 0, block: 0, text: 'a' }]);
    expect(events(encoder.fail(new DomainError('UPSTREAM_ERROR'))).at(-1)).toMatchObject(expected as object);
  });

  it('names its events where the dialect’s clients read only named ones', () => {
    const encoder = messagesClient.streamEncoder(anAnswerTarget());
    expect(encoder.fail(new DomainError('UPSTREAM_ERROR')).toString()).toMatch(/^event: error\ndata: /);
    expect(encoder.keepAlive().toString()).toMatch(/^event: ping\n/);
    expect(chatClient.streamEncoder(anAnswerTarget()).keepAlive().toString()).toMatch(/^: /);
  });
});

describe('a provider’s stream', () => {
  it('says nothing before its first content', () => {
    const decoder = messagesProvider.streamDecoder();
    const before = decoder.push(sse({ type: 'message_start', message: { id: 'msg_1', usage: { input_tokens: 3 } } }, { type: 'ping' }, { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }));
    expect(before.chunks.some(isContent)).toBe(false);
    expect(decoder.push(sse({ type: 'ping' })).useful).toBe(false);
    expect(decoder.push(sse({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'a' } })).chunks.some(isContent)).toBe(true);
  });

  it('gives what came before its error, and hides the error’s words', () => {
    const { chunks, fault } = messagesProvider.streamDecoder().push(sse({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'a' } }, { type: 'error', error: { type: 'overloaded_error', message: 'of org-1' } }));
    expect(chunks).toHaveLength(1);
    expect(fault).toMatchObject({ code: 'UPSTREAM_ERROR', upstreamStatus: 529, cause: 'of org-1' });
    expect(fault?.message).not.toContain('org-1');
  });

  it.each(Object.entries(CODECS))('of %s is refused where it is no JSON, or an event that never ends', (_, { provider }) => {
    expect(provider.streamDecoder().push(Buffer.from('data: <html>\n\n')).fault).toMatchObject({ code: 'UPSTREAM_INVALID_RESPONSE' });
    expect(provider.streamDecoder().push(Buffer.alloc(1024 * 1024 + 1, 'x')).fault).toMatchObject({ code: 'UPSTREAM_INVALID_RESPONSE' });
  });

  it('may hold comments, names and data in several lines', () => {
    const told = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'a' } };
    const text = JSON.stringify(told);
    const at = text.indexOf('"index"');
    for (const event of [`data:${text}`, `: hm\n\ndata: ${text} `, `event: x\ndata: ${text}`, `id: 1\nevent: x\ndata: ${text}`, `data: ${text}\nid: 1`, `\n\ndata: ${text}`, `data: ${text.slice(0, at)}\ndata: ${text.slice(at)}`, `event: nothing\n\n: more\n\nevent: x\ndata: ${text}\n: aside`]) {
      const { chunks, fault } = messagesProvider.streamDecoder().push(Buffer.from(`${event}\n\n`));
      expect([chunks, fault]).toEqual([[{ type: 'text', choice: 0, block: 0, text: 'a' }], null]);
    }
  });

  it('is an empty object where a call has no arguments', () => {
    const { chunks } = messagesProvider.streamDecoder().push(sse({ type: 'content_block_start', index: 0, content_block: { type: 'tool_use', id: 't', name: 'f', input: {} } }, { type: 'content_block_stop', index: 0 }));
    expect(chunks.map((chunk) => (chunk.type === 'tool_call' ? chunk.arguments : ''))).toEqual(['', '{}']);
  });

  it('counts cached tokens once, as part of the input', () => {
    const { chunks } = messagesProvider.streamDecoder().push(sse({ type: 'message_start', message: { usage: { input_tokens: 3, cache_read_input_tokens: 100, cache_creation_input_tokens: 20, output_tokens: 1 } } }, { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } }));
    expect(chunks.at(-1)).toMatchObject({ usage: { inputTokens: 123, cachedInputTokens: 100, cacheWriteTokens: 20, outputTokens: 9 } });
    expect(generateProvider.decodeAnswer({ candidates: [], usageMetadata: { promptTokenCount: 120, cachedContentTokenCount: 100, candidatesTokenCount: 4, thoughtsTokenCount: 5 } }).usage).toMatchObject({ inputTokens: 120, cachedInputTokens: 100, outputTokens: 9, reasoningTokens: 5 });
  });

  it('may leave out the index of its calls, or repeat their names', () => {
    const delta = (call: object) => ({ choices: [{ index: 0, delta: { tool_calls: [call] } }] });
    const { chunks } = chatProvider().streamDecoder().push(sse(delta({ id: 'a', function: { name: 'f', arguments: '{' } }), delta({ function: { arguments: '}' } }), delta({ id: 'b', index: 1, function: { name: 'g', arguments: '' } }), delta({ id: 'b', index: 1, function: { name: 'g', arguments: '{}' } })));
    expect(chunks.filter(({ type }) => type === 'tool_call')).toEqual([{ type: 'tool_call', choice: 0, index: 0, id: 'a', name: 'f', arguments: '{' }, { type: 'tool_call', choice: 0, index: 0, arguments: '}' }, { type: 'tool_call', choice: 0, index: 1, id: 'b', name: 'g', arguments: '' }, { type: 'tool_call', choice: 0, index: 1, arguments: '{}' }]);
  });

  it.each(['anthropic', 'openai'] as const)('that ends before its answer does is broken, for a client of %s', (client) => {
    const bytes = sse({ type: 'message_start', message: { id: 'a', model: 'm', usage: { input_tokens: 5, output_tokens: 1 } } }, { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }, { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'word '.repeat(100) } });
    const Stream = client === 'anthropic' ? PassedStream : TranslatedStream;
    const stream = new Stream(messagesProvider.streamDecoder(), CODECS[client].client, anAnswerTarget());
    expect(stream.push(bytes)).toMatchObject({ fault: null });
    expect(stream.end()).toMatchObject({ fault: { code: 'UPSTREAM_INVALID_RESPONSE' } });
    expect(stream.estimateOutputTokens()).toBeGreaterThan(50);
  });

  it('of Gemini counts its answer in its last event alone, so that one who leaves before it pays for what came', () => {
    const said = (more: object) => ({ candidates: [{ content: { parts: [{ text: 'word '.repeat(50) }] } }], usageMetadata: { promptTokenCount: 5, ...more } });
    const stream = new TranslatedStream(generateProvider.streamDecoder(), chatClient, anAnswerTarget());
    stream.push(sse(said({}), said({ thoughtsTokenCount: 3 })));
    expect(stream).toMatchObject({ isUsageCurrent: false, usage: { inputTokens: 5 } });
    stream.push(sse(said({ candidatesTokenCount: 150 })));
    expect(stream).toMatchObject({ isUsageCurrent: true, usage: { outputTokens: 150 } });
  });

  it('that ends a forced call with `stop` ends with a call for its client', () => {
    const call = { index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } };
    const { chunks } = chatProvider(PLAIN_QUIRKS).streamDecoder().push(sse({ choices: [{ index: 0, delta: { tool_calls: [call] } }] }, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }));
    expect(chunks).toContainEqual({ type: 'finish', choice: 0, reason: 'tool_calls' });
  });

  it('may give each of its calls the index 0', () => {
    const call = (id: string | undefined, name: string | undefined, args: string) => ({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id, type: 'function', function: { name, arguments: args } }] } }] });
    const { chunks } = chatProvider(PLAIN_QUIRKS).streamDecoder().push(sse(call('a', 'f', '{"a":'), call(undefined, undefined, '1}'), call('b', 'g', '{"b":'), call('b', 'g', '2}')));
    const said = chunks.flatMap((chunk) => (chunk.type === 'tool_call' ? [[chunk.index, chunk.id, chunk.name, chunk.arguments]] : []));
    expect(said).toEqual([[0, 'a', 'f', '{"a":'], [0, undefined, undefined, '1}'], [1, 'b', 'g', '{"b":'], [1, undefined, undefined, '2}']]);
  });

  it('of Gemini that was blocked is an answer that was filtered', () => {
    expect(generateProvider.decodeAnswer({ promptFeedback: { blockReason: 'SAFETY' } }).choices).toEqual([{ parts: [], finish: 'content_filter' }]);
  });
});

describe('a custom tool at a provider that has only functions', () => {
  const request = responseClient.decodeRequest({ model: 'm', input: 'Hi', tools: [{ type: 'custom', name: 'apply_patch', description: 'Patches' }] });

  it('is a function of one text, and its call a custom call again', () => {
    expect(messagesProvider.encodeRequest(request, anEncodeTarget(request))).toMatchObject({ tools: [{ name: 'apply_patch', input_schema: { properties: { input: { type: 'string' } } } }] });
    const answer: CanonicalAnswer = { id: '', model: 'm', usage: null, choices: [{ finish: 'tool_calls', parts: [{ type: 'tool_call', id: 'c', name: 'apply_patch', arguments: '{"input":"*** Begin"}' }] }] };
    expect(responseClient.encodeAnswer(restoreCustomCalls(answer, request), anAnswerTarget(request))).toMatchObject({ output: [{ type: 'custom_tool_call', input: '*** Begin' }] });
    const chunks = new CustomCallRestorer(request).push([{ type: 'tool_call', choice: 0, index: 0, id: 'c', name: 'apply_patch', arguments: '{"inp' }, { type: 'tool_call', choice: 0, index: 0, arguments: 'ut":"x"}' }, { type: 'finish', choice: 0, reason: 'tool_calls' }]);
    expect(chunks).toEqual([{ type: 'tool_call', choice: 0, index: 0, id: 'c', name: 'apply_patch', arguments: 'x', custom: true }, { type: 'finish', choice: 0, reason: 'tool_calls' }]);
  });
});

it('a loss is told once, in order', () => {
  const loss = new Loss('openai', 'x', true);
  loss.hint('b');
  loss.param('a');
  loss.hint('b');
  expect(loss.dropped).toEqual(['b', 'a']);
});
