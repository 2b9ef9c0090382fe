import { mediaHouse } from './media-house';
import { aFile, events, silence, sound, thrownBy } from './media-samples';

const its = mediaHouse();
const { usage } = its;

describe('speech', () => {
  it('passes as it is, with its type, and is charged by the character', async () => {
    its.house.upstream.next(sound());
    const answer = await its.house.openai.audio.speech.create({ model: 'tts', input: 'Héllo 🚀', voice: 'alloy' });
    expect(answer.headers.get('content-type')).toBe('audio/mpeg');
    expect(Buffer.from(await answer.arrayBuffer()).equals(Buffer.alloc(4_000, 0x55))).toBe(true);
    expect(its.house.upstream.calls[0]).toMatchObject({ path: '/v1/audio/speech', body: { model: 'tts-1', input: 'Héllo 🚀', voice: 'alloy' } });
    expect(await usage()).toEqual({ status: 200, cost: '105000', charged: '105000', units: { characters: 7 }, input: 0, output: 0, estimated: false });
  });

  it('reaches the client while it is still being made', async () => {
    its.house.upstream.next(sound({ hangsAfterChunks: 1 }));
    const answer = await its.house.openai.audio.speech.create({ model: 'tts', input: 'Hi', voice: 'alloy' });
    const reader = answer.body?.getReader();
    expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
    await reader?.cancel();
  });

  it('ends at its provider within two seconds when its client leaves, and is charged whole', async () => {
    its.house.upstream.next(sound({ endless: true, chunkDelayMs: 5 }));
    const answer = await its.house.openai.audio.speech.create({ model: 'tts', input: 'Hi', voice: 'alloy' });
    const call = await its.house.upstream.call(0);
    const reader = answer.body?.getReader();
    await reader?.read();
    const leftAt = Date.now();
    await reader?.cancel();
    await call.ended;
    expect(call.aborted).toBe(true);
    expect((call.abortedAt as number) - leftAt).toBeLessThan(2_000);
    expect(await usage()).toMatchObject({ status: 499, cost: '30000', units: { characters: 2 } });
  });

  it('of a client who does not read is not made into memory', async () => {
    its.house.upstream.next(sound({ body: Buffer.alloc(256 * 1024, 1), endless: true }));
    const answer = await its.house.openai.audio.speech.create({ model: 'tts', input: 'Hi', voice: 'alloy' });
    const call = await its.house.upstream.call(0);
    const reader = answer.body?.getReader();
    await reader?.read();
    await call.stalled();
    expect(call.bytesSent).toBeLessThan(32 << 20);
    await reader?.cancel();
    await call.ended;
    await usage();
  });

  it('is spoken by the next provider while no byte has come, and by nobody else after', async () => {
    its.house.upstream.next({ status: 500 });
    its.house.spare.next(sound());
    expect((await (await its.house.openai.audio.speech.create({ model: 'tts', input: 'Hi', voice: 'alloy' })).arrayBuffer()).byteLength).toBe(4_000);
    await usage();
    its.house.upstream.next(sound({ bytesPerWrite: 500, resetsAfterBytes: 1_000 }));
    const answer = await its.house.openai.audio.speech.create({ model: 'tts', input: 'Hi', voice: 'alloy' });
    await expect(answer.arrayBuffer()).rejects.toThrow();
    expect(its.house.spare.calls).toHaveLength(1);
    expect(await usage()).toMatchObject({ status: 502, cost: '30000' });
  });

  it.each([
    ['a page', { body: '<html></html>', headers: { 'content-type': 'text/html' } }],
    ['JSON', { body: { error: 'x' } }],
    ['nothing', { body: Buffer.alloc(0), headers: { 'content-type': 'audio/mpeg' } }],
  ])('is not %s', async (_, play) => {
    its.house.upstream.always(play);
    expect(await thrownBy(its.house.openai.audio.speech.create({ model: 'tts-tokens', input: 'Hi', voice: 'alloy' }))).toMatchObject({ status: 502, code: 'UPSTREAM_INVALID_RESPONSE' });
  });

  it('comes in events where it is asked for, with its tokens', async () => {
    its.house.upstream.next(events({ type: 'speech.audio.delta', audio: 'AAAA' }, { type: 'speech.audio.done', usage: { input_tokens: 3, output_tokens: 100, total_tokens: 103 } }));
    const answer = await its.house.openai.audio.speech.create({ model: 'tts-tokens', input: 'Hi', voice: 'alloy', stream_format: 'sse' });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    expect(await answer.text()).toContain('event: speech.audio.done');
    expect(await usage()).toMatchObject({ input: 3, output: 100, cost: String(3 * 600 + 100 * 12_000), estimated: false });
  });
});

describe('transcription', () => {
  it('of a file is JSON, charged by the second that its provider tells', async () => {
    its.house.upstream.next({ body: { text: 'Hello.', usage: { type: 'duration', seconds: 2 } } });
    const answer = await its.house.openai.audio.transcriptions.create({ model: 'whisper', file: await aFile() });
    expect(answer.text).toBe('Hello.');
    const [call] = its.house.upstream.calls;
    const form = await new Response(new Uint8Array(call?.raw as Buffer), { headers: { 'content-type': String(call?.headers['content-type']) } }).formData();
    expect(form.get('model')).toBe('whisper-1');
    expect(Buffer.from(await (form.get('file') as File).arrayBuffer()).equals(silence())).toBe(true);
    expect(await usage()).toEqual({ status: 200, cost: '200000', charged: '200000', units: { audioMs: 2_000 }, input: 0, output: 0, estimated: false });
  });

  it.each([
    ['text', 'Hello.\n', 2_000],
    ['srt', '1\n00:00:00,000 --> 00:00:01,500\nHello.\n\n', 2_000],
    ['vtt', 'WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nHello.\n', 2_000],
  ] as const)('is %s where that is asked for, charged by the length of its file', async (response_format, body, audioMs) => {
    its.house.upstream.next({ body, headers: { 'content-type': 'text/plain; charset=utf-8' } });
    const answer: unknown = await its.house.openai.audio.transcriptions.create({ model: 'whisper', file: await aFile(), response_format });
    expect(answer).toBe(body);
    expect(await usage()).toMatchObject({ cost: '200000', units: { audioMs }, estimated: true });
  });

  it('is charged by the tokens that its provider tells, sound apart from words', async () => {
    its.house.upstream.next({ body: { text: 'Hi', usage: { type: 'tokens', input_tokens: 20, output_tokens: 5, total_tokens: 25, input_token_details: { audio_tokens: 18, text_tokens: 2 } } } });
    await its.house.openai.audio.transcriptions.create({ model: 'transcribe', file: await aFile() });
    expect(await usage()).toMatchObject({ input: 20, output: 5, cost: String(18 * 6_000 + 2 * 2_500 + 5 * 10_000), units: { audioMs: 2_000 }, estimated: false });
  });

  it('is streamed', async () => {
    its.house.upstream.next(events({ type: 'transcript.text.delta', delta: 'Hel' }, { type: 'transcript.text.delta', delta: 'lo' }, { type: 'transcript.text.done', text: 'Hello', usage: { type: 'tokens', input_tokens: 20, output_tokens: 5, total_tokens: 25, input_token_details: { audio_tokens: 20, text_tokens: 0 } } }));
    const stream = await its.house.openai.audio.transcriptions.create({ model: 'transcribe', file: await aFile(), stream: true });
    let text = '';
    for await (const event of stream) if (event.type === 'transcript.text.delta') text += event.delta;
    expect(text).toBe('Hello');
    expect(await usage()).toMatchObject({ cost: String(20 * 6_000 + 5 * 10_000), estimated: false });
  });

  it('comes whole from a provider that knows no streams', async () => {
    its.house.upstream.next({ body: { text: 'Hello' } });
    const form = new FormData();
    form.set('model', 'whisper');
    form.set('stream', 'true');
    form.set('file', new Blob([silence()]), 'a.wav');
    const answer = await fetch(`${its.house.gateway.url}/v1/audio/transcriptions`, { method: 'POST', headers: { authorization: `Bearer ${its.house.key}` }, body: form });
    expect([answer.status, answer.headers.get('content-type'), await answer.json()]).toEqual([200, 'application/json', { text: 'Hello' }]);
    expect(await usage()).toMatchObject({ cost: '200000' });
  });

  it('into English is asked as such', async () => {
    its.house.upstream.next({ body: { text: 'Hello' } });
    expect((await its.house.openai.audio.translations.create({ model: 'whisper', file: await aFile() })).text).toBe('Hello');
    expect(its.house.upstream.calls[0]?.path).toBe('/v1/audio/translations');
  });

  it('passes byte for byte where the provider’s name of the model is ours', async () => {
    its.house.upstream.next({ body: { text: 'Hello' } });
    const body = Buffer.concat([Buffer.from('--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhole-name\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n'), silence(), Buffer.from('\r\n--b--\r\n')]);
    const answer = await fetch(`${its.house.gateway.url}/v1/audio/transcriptions`, { method: 'POST', headers: { authorization: `Bearer ${its.house.key}`, 'content-type': 'multipart/form-data; boundary=b' }, body: new Uint8Array(body) });
    expect(answer.status).toBe(200);
    expect(its.house.upstream.calls[0]?.raw.equals(body)).toBe(true);
    expect(its.house.upstream.calls[0]?.headers['content-type']).toBe('multipart/form-data; boundary=b');
  });

  it('of the same file under the same key is charged once, though its client draws another boundary', async () => {
    its.house.upstream.always({ body: { text: 'Hello' } });
    const ask = async () => its.house.openai.audio.transcriptions.create({ model: 'whisper', file: await aFile() }, { idempotencyKey: 'once', headers: { 'idempotency-key': 'once' } });
    expect([(await ask()).text, (await ask()).text]).toEqual(['Hello', 'Hello']);
    expect(its.house.upstream.calls).toHaveLength(1);
  });
});
