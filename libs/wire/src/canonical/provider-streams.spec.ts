import { isContent } from '@higress/kernel';
import { chatClient, chatProvider, generateProvider, messagesProvider, PassedStream, PLAIN_QUIRKS, TranslatedStream } from '../../index';
import { anAnswerTarget, CODECS } from '../fixtures/codecs';

const sse = (...data: unknown[]) => Buffer.from(data.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));

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
