import type { CanonicalRequest, DomainError } from '@higress/kernel';
import { chatClient, chatProvider, type ClientCodec, geminiApiProvider, generateClient, generateProvider, Loss, messagesClient, messagesProvider, OPENAI_QUIRKS, PLAIN_QUIRKS, responseClient } from '../../index';
import { anEncodeTarget, CODECS } from '../fixtures/codecs';

const chat = (body: object) => chatClient.decodeRequest({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...body });

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

it('a loss is told once, in order', () => {
  const loss = new Loss('openai', 'x', true);
  loss.hint('b');
  loss.param('a');
  loss.hint('b');
  expect(loss.dropped).toEqual(['b', 'a']);
});
