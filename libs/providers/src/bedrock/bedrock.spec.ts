import { collectAnswer, Secret, type Provider } from '@higress/kernel';
import { chatClient, Loss } from '@higress/wire';
import { bedrock } from './bedrock';
import { slowCrc, writeFrame } from './event-frames';
import { signRequest } from './sign-request';

const provider: Provider = { id: 'p', name: 'p', dialect: 'bedrock', baseUrl: 'https://bedrock-runtime.eu-central-1.amazonaws.com', headers: {}, timeouts: { connectMs: 1, firstTokenMs: 1, wholeAnswerMs: 1, idleMs: 1, totalMs: 1 }, credentials: [] };
const credential = (value: string) => ({ id: 'c', weight: 1, value: new Secret(value) });
const codec = bedrock.codec(provider);

const SAID = { id: '', model: '', usage: { inputTokens: 425, cachedInputTokens: 400, cacheWriteTokens: 0, outputTokens: 7, reasoningTokens: 0, audioInputTokens: 0, audioOutputTokens: 0, longCacheWriteTokens: 0, estimated: false }, choices: [{ finish: 'tool_calls', parts: [{ type: 'reasoning', text: 'Hm', signature: { by: 'anthropic', value: 'S' } }, { type: 'text', text: 'Grüße aus 東京' }, { type: 'tool_call', id: 't1', name: 'get_weather', arguments: '{"city":"東京"}' }, { type: 'tool_call', id: 't2', name: 'get_time', arguments: '{}' }] }] };
const USAGE = { inputTokens: 25, outputTokens: 7, totalTokens: 32, cacheReadInputTokens: 400, cacheWriteInputTokens: 0 };
const STREAM = Buffer.concat([
  writeFrame('messageStart', { role: 'assistant' }),
  writeFrame('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'Hm' } } }),
  writeFrame('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { signature: 'S' } } }),
  writeFrame('contentBlockStop', { contentBlockIndex: 0 }),
  writeFrame('contentBlockDelta', { contentBlockIndex: 1, delta: { text: 'Grüße aus ' } }),
  writeFrame('contentBlockDelta', { contentBlockIndex: 1, delta: { text: '東京' } }),
  writeFrame('contentBlockStop', { contentBlockIndex: 1 }),
  writeFrame('contentBlockStart', { contentBlockIndex: 2, start: { toolUse: { toolUseId: 't1', name: 'get_weather' } } }),
  writeFrame('contentBlockDelta', { contentBlockIndex: 2, delta: { toolUse: { input: '{"city":"東京"}' } } }),
  writeFrame('contentBlockStop', { contentBlockIndex: 2 }),
  writeFrame('contentBlockStart', { contentBlockIndex: 3, start: { toolUse: { toolUseId: 't2', name: 'get_time' } } }),
  writeFrame('contentBlockStop', { contentBlockIndex: 3 }),
  writeFrame('messageStop', { stopReason: 'tool_use' }),
  writeFrame('metadata', { usage: USAGE, metrics: { latencyMs: 5 } }),
]);

describe('a request by Converse', () => {
  it('has Converse’s shapes', () => {
    const request = chatClient.decodeRequest({
      model: 'm', max_tokens: 100, temperature: 0.5, tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }], tool_choice: 'required',
      messages: [{ role: 'system', content: 'Be kind' }, { role: 'user', content: [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }, { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }, { type: 'file', file: { filename: 'a b.pdf', file_data: 'data:application/pdf;base64,AA==' } }] }, { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }] }, { role: 'tool', tool_call_id: 'c', content: 'ok' }],
    });
    expect(codec.encodeRequest(request, { model: 'anthropic.claude', loss: new Loss('openai', 'bedrock', false) })).toMatchObject({
      system: [{ text: 'Be kind' }],
      messages: [
        { role: 'user', content: [{ text: 'Hi' }, { cachePoint: { type: 'default' } }, { image: { format: 'png', source: { bytes: 'AA==' } } }, { document: { format: 'pdf', name: 'a b', source: { bytes: 'AA==' } } }] },
        { role: 'assistant', content: [{ toolUse: { toolUseId: 'c', name: 'f', input: { a: 1 } } }] },
        { role: 'user', content: [{ toolResult: { toolUseId: 'c', content: [{ text: 'ok' }] } }] },
      ],
      inferenceConfig: { maxTokens: 100, temperature: 0.5 },
      toolConfig: { tools: [{ toolSpec: { name: 'f', inputSchema: { json: { type: 'object' } } } }], toolChoice: { any: {} } },
    });
  });

  it('has schemas as text, marks behind tools, ids of few letters, no blank texts, and names the tools that were called', () => {
    const ask = (body: object) => {
      const request = chatClient.decodeRequest({ model: 'm', ...body });
      return codec.encodeRequest(request, { model: 'anthropic.claude', loss: new Loss('openai', 'bedrock', false) }) as Record<string, unknown>;
    };
    const schema = { type: 'object', properties: {}, additionalProperties: false };
    expect(ask({ messages: [{ role: 'user', content: 'Hi' }], response_format: { type: 'json_schema', json_schema: { name: 'place', schema } } })).toMatchObject({ outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: { name: 'place', schema: JSON.stringify(schema) } } } } });
    expect(() => ask({ messages: [{ role: 'user', content: 'Hi' }], response_format: { type: 'json_object' } })).toThrow('response_format');
    expect(ask({ messages: [{ role: 'user', content: 'Hi' }], tools: [{ type: 'function', function: { name: 'f', strict: true, parameters: schema }, cache_control: { type: 'ephemeral' } }] })).toMatchObject({ toolConfig: { tools: [{ toolSpec: { name: 'f', strict: true } }, { cachePoint: { type: 'default' } }] } });
    const after = ask({ messages: [{ role: 'user', content: 'Hi' }, { role: 'assistant', content: ' ', tool_calls: [{ id: 'a.1', type: 'function', function: { name: 'f', arguments: '{}' } }] }, { role: 'tool', tool_call_id: 'a.1', content: 'ok' }] });
    expect(after.messages).toEqual([{ role: 'user', content: [{ text: 'Hi' }] }, { role: 'assistant', content: [{ toolUse: { toolUseId: 'a_1', name: 'f', input: {} } }] }, { role: 'user', content: [{ toolResult: { toolUseId: 'a_1', content: [{ text: 'ok' }] } }] }]);
    expect(after.toolConfig).toEqual({ tools: [{ toolSpec: { name: 'f', inputSchema: { json: { type: 'object' } } } }] });
  });

  it('goes to the model’s path, with a bearer or a signature', () => {
    const path = bedrock.path('messages', 'anthropic.claude-3:0', { provider, stream: true, passes: false });
    expect(path).toBe('/model/anthropic.claude-3%3A0/converse-stream');
    const fieldsOf = (value: string) => {
      const fields = bedrock.headers(credential(value), provider);
      return bedrock.sign?.(fields, { credential: credential(value), provider, path, body: Buffer.from('{}'), at: new Date('2026-11-23T00:00:00Z') }) ?? fields;
    };
    expect(fieldsOf('ABSK-own-key').slice(0, 2)).toEqual(['authorization', 'Bearer ABSK-own-key']);
    const signed = fieldsOf('AKIAIOSFODNN7EXAMPLE:secret:session:token');
    expect(signed[1]).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE\/20261123\/eu-central-1\/bedrock\/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/);
    expect(signed.slice(2, 6)).toEqual(['x-amz-date', '20261123T000000Z', 'x-amz-security-token', 'session:token']);
    expect(signed.join(' ')).not.toContain('secret:');
  });

  it('is signed as AWS’s own test vector for a POST', () => {
    const keys = { accessKeyId: 'AKIDEXAMPLE', secretKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
    const [, authorization] = signRequest(keys, { host: 'example.amazonaws.com', path: '/', body: Buffer.alloc(0), region: 'us-east-1', service: 'service', at: new Date('2015-08-30T12:36:00Z') });
    expect(authorization).toBe('AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b');
  });

  it('is signed anew for another body, time, path or key', () => {
    const at = new Date('2026-11-23T00:00:00Z');
    const keys = { accessKeyId: 'A', secretKey: 's' };
    const about = { host: 'h', path: '/p', body: Buffer.from('{}'), region: 'r', service: 'bedrock', at };
    const all = [signRequest(keys, about), signRequest(keys, { ...about, body: Buffer.from('{ }') }), signRequest(keys, { ...about, path: '/q' }), signRequest(keys, { ...about, at: new Date(0) }), signRequest({ ...keys, secretKey: 't' }, about)];
    expect(new Set(all.map(([, signature]) => signature)).size).toBe(5);
    expect(signRequest(keys, about)).toEqual(all[0]);
  });
});

describe('an answer by Converse', () => {
  it('is read whole', () => {
    const content = [{ reasoningContent: { reasoningText: { text: 'Hm', signature: 'S' } } }, { text: 'Grüße aus 東京' }, { toolUse: { toolUseId: 't1', name: 'get_weather', input: { city: '東京' } } }, { toolUse: { toolUseId: 't2', name: 'get_time', input: {} } }];
    expect(codec.decodeAnswer({ output: { message: { role: 'assistant', content } }, stopReason: 'tool_use', usage: USAGE })).toEqual(SAID);
  });

  it('is read as a stream of frames, cut at every byte', () => {
    const read = (pieces: Buffer[]) => {
      const decoder = codec.streamDecoder();
      const steps = [...pieces.map((piece) => decoder.push(piece)), decoder.end()];
      expect(steps.every(({ fault }) => fault === null)).toBe(true);
      expect(decoder.finished).toBe(true);
      return collectAnswer(steps.flatMap(({ chunks }) => chunks));
    };
    expect(read([STREAM])).toEqual(SAID);
    for (let at = 1; at < STREAM.length; at++) expect(read([STREAM.subarray(0, at), STREAM.subarray(at)])).toEqual(SAID);
    expect(read(Array.from(STREAM, (byte) => Buffer.of(byte)))).toEqual(SAID);
  });

  it('is refused where a frame is not as it was sent, or has no end', () => {
    for (const at of [0, 5, 9, 20, STREAM.length - 1]) {
      const broken = Buffer.from(STREAM);
      broken[at] = (broken[at] as number) ^ 0x55;
      const { fault } = codec.streamDecoder().push(broken);
      expect(fault).toMatchObject({ code: 'UPSTREAM_INVALID_RESPONSE' });
    }
  });

  it('ends with the provider’s failure, its words for the log alone', () => {
    const { fault } = codec.streamDecoder().push(writeFrame('throttlingException', { message: 'Too many tokens for account 123' }, true));
    expect(fault).toMatchObject({ code: 'UPSTREAM_RATE_LIMITED', cause: 'Too many tokens for account 123' });
    expect(fault?.message).not.toContain('123');
  });

  it('is checked alike with and without zlib’s sum', () => {
    expect(slowCrc(Buffer.from('123456789'))).toBe(0xcbf43926);
  });
});
