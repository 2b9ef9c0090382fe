import { type CanonicalAnswer, type CanonicalChunk, type CanonicalRequest, type ClientDialect, DomainError } from '@higress/kernel';
import { chatClient, CustomCallRestorer, generateClient, messagesClient, messagesProvider, responseClient, restoreCustomCalls } from '../../index';
import { anAnswerTarget, anEncodeTarget, CODECS } from '../fixtures/codecs';

const events = (bytes: Buffer): Record<string, unknown>[] => bytes.toString().split('\n\n').flatMap((event) => (event.match(/^data: (\{.*)$/m) ? [JSON.parse(/^data: (.*)$/m.exec(event)?.[1] as string) as Record<string, unknown>] : []));

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
