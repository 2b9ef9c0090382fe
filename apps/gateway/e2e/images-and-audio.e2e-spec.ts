import { uuidv7 } from '@higress/kernel';
import { fakeProvider, type FakeProvider } from '@higress/testing';
import OpenAI, { toFile } from 'openai';
import { type House, openHouse } from './open-house';

const PICTURE = 'iVBORw0KGgo=';
const images = (count: number, usage?: object) => ({ created: 1_764_000_000, data: Array.from({ length: count }, () => ({ b64_json: PICTURE })), ...(usage && { usage }) });
const anImageUsage = { input_tokens: 50, output_tokens: 1_056, total_tokens: 1_106, input_tokens_details: { text_tokens: 10, image_tokens: 40 } };
const sse = (...events: object[]) => events.map((event) => `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
const events = (...all: object[]) => ({ body: sse(...all), headers: { 'content-type': 'text/event-stream; charset=utf-8' } });
const sound = (more: object = {}) => ({ body: Buffer.alloc(4_000, 0x55), headers: { 'content-type': 'audio/mpeg' }, ...more });

/** Two seconds of silence at 8 kHz. */
function silence(): Buffer {
  const wav = Buffer.alloc(44 + 32_000);
  wav.write('RIFF');
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(8_000, 24);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  return wav;
}
const aFile = () => toFile(silence(), 'silence.wav', { type: 'audio/wav' });
const errorOf = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

interface UsageRow {
  status: number;
  cost: string;
  charged: string;
  units: object;
  input: number;
  output: number;
  estimated: boolean;
}

describe('pictures and sound', () => {
  let house: House;
  let google: FakeProvider;
  let lastSeen: string;
  /** The newest call of this test that was not looked at yet. */
  const usage = async (): Promise<UsageRow> => {
    const columns = 'id, status, cost_nano as cost, charged_nano as charged, units, input_tokens::int as input, output_tokens::int as output, estimated';
    const [newest] = await house.eventually<UsageRow & { id: string }>(`select ${columns} from usage_records where id > '${lastSeen}' order by id desc limit 1`, (rows) => rows.length > 0);
    const { id, ...row } = newest as UsageRow & { id: string };
    lastSeen = id;
    return row;
  };
  const narrow = () => new OpenAI({ apiKey: `${house.key}-narrow`, baseURL: `${house.gateway.url}/v1`, maxRetries: 0 });
  const prepaid = () => new OpenAI({ apiKey: `${house.key}-prepaid`, baseURL: `${house.gateway.url}/v1`, maxRetries: 0 });

  beforeAll(async () => {
    google = await fakeProvider();
    house = await openHouse({
      file: ({ upstream, spare, key }) => {
        const provider = (name: string, { url }: FakeProvider, more: object = {}) => ({ name, dialect: 'openai', base_url: url, credentials: [{ value: `credential-of-${name}` }], timeouts: { connect_ms: 1000, first_token_ms: 5000, idle_ms: 5000, total_ms: 30000 }, ...more });
        const on = (name: string, upstreamModel: string, price: unknown, ...others: string[]) => ({ name, deployments: ['first', ...others].map((which, priority) => ({ provider: which, upstream_model: upstreamModel, priority, ...(price !== null && { price }) })) });
        const limits = { unlimited: true };
        return {
          providers: [provider('first', upstream), provider('second', spare), provider('google', google, { dialect: 'gemini' }), { name: 'claude', dialect: 'anthropic', base_url: spare.url, credentials: [{ value: 'x' }] }, { name: 'sim', dialect: 'simulator' }],
          models: [
            on('dall-e', 'dall-e-3', { per_image: '0.04' }),
            on('gpt-image', 'gpt-image-1', { input: '5', output: '40', image_input: '10' }),
            on('tts', 'tts-1', { per_character: '0.000015' }, 'second'),
            on('tts-tokens', 'gpt-4o-mini-tts', { input: '0.6', output: '12' }),
            on('whisper', 'whisper-1', { per_second: '0.0001' }),
            on('transcribe', 'gpt-4o-transcribe', { input: '2.5', output: '10', audio_input: '6' }),
            on('whole-name', 'whole-name', { per_second: '0.0001' }),
            on('text-only', 'gpt', { input: '1', output: '1' }),
            on('unpriced', 'x', null),
            { name: 'banana', deployments: [{ provider: 'google', upstream_model: 'gemini-2.5-flash-image', price: { input: '0.3', output: '30' } }] },
            { name: 'imagen', deployments: [{ provider: 'google', upstream_model: 'imagen-4.0-generate-001', price: { per_image: '0.04' } }] },
            { name: 'claude', deployments: [{ provider: 'claude', upstream_model: 'claude', price: { input: '1', output: '1' } }] },
            { name: 'sim', deployments: [{ provider: 'sim', upstream_model: 'sim-fast', price: 'free' }] },
          ],
          tenants: [
            { name: 'acme', billing: 'postpaid', limits },
            { name: 'payer', billing: 'prepaid', opening_credit_usd: '0.1', limits },
          ],
          keys: [
            { tenant: 'acme', name: 'test', value: key, limits },
            { tenant: 'acme', name: 'narrow', value: `${key}-narrow`, endpoints: ['audio/speech'], limits },
            { tenant: 'payer', name: 'prepaid', value: `${key}-prepaid`, limits },
          ],
        };
      },
    });
  });
  beforeEach(() => {
    lastSeen = uuidv7();
    for (const provider of [house.upstream, house.spare, google]) provider.reset();
  });
  afterAll(async () => {
    await house.close();
    await google.close();
  });

  describe('images', () => {
    it('are made, and charged by the picture', async () => {
      house.upstream.next({ body: images(2) });
      const answer = await house.openai.images.generate({ model: 'dall-e', prompt: 'A cat', n: 2 });
      expect(answer.data?.map(({ b64_json }) => b64_json)).toEqual([PICTURE, PICTURE]);
      expect(house.upstream.calls[0]).toMatchObject({ path: '/v1/images/generations', body: { model: 'dall-e-3', prompt: 'A cat', n: 2 } });
      expect(await usage()).toEqual({ status: 200, cost: '80000000', charged: '80000000', units: { images: 2 }, input: 0, output: 0, estimated: false });
    });

    it('are charged by the tokens that their provider tells, pictures apart from words', async () => {
      house.upstream.next({ body: images(1, anImageUsage) });
      await house.openai.images.generate({ model: 'gpt-image', prompt: 'A cat' });
      expect(await usage()).toEqual({ status: 200, cost: String(10 * 5_000 + 40 * 10_000 + 1_056 * 40_000), charged: String(42_690_000), units: { images: 1 }, input: 50, output: 1_056, estimated: false });
    });

    it('are charged by our count of tokens where their provider tells none, never by nothing', async () => {
      house.upstream.next({ body: images(1) });
      await house.openai.images.generate({ model: 'gpt-image', prompt: 'A cat', size: '1024x1024', quality: 'low' });
      expect(await usage()).toMatchObject({ output: 272, estimated: true, units: { images: 1 } });
    });

    it('larger than other answers may be come whole', async () => {
      const large = { created: 1, data: [{ b64_json: 'A'.repeat(8 << 20) }] };
      house.upstream.next({ body: large });
      const answer = await house.openai.images.generate({ model: 'dall-e', prompt: 'A cat' });
      expect(answer.data?.[0]?.b64_json).toHaveLength(8 << 20);
    });

    it('are streamed with what they look like on the way', async () => {
      const usageOfEvent = { ...anImageUsage };
      house.upstream.next(events({ type: 'image_generation.partial_image', b64_json: PICTURE, partial_image_index: 0 }, { type: 'image_generation.completed', b64_json: PICTURE, usage: usageOfEvent }));
      const stream = await house.openai.images.generate({ model: 'gpt-image', prompt: 'A cat', stream: true, partial_images: 1 });
      const types: string[] = [];
      for await (const event of stream) types.push(event.type);
      expect(types).toEqual(['image_generation.partial_image', 'image_generation.completed']);
      expect(await usage()).toMatchObject({ cost: '42690000', units: { images: 1 }, output: 1_056, estimated: false });
    });

    it('are edited from a file, whose bytes pass with the form', async () => {
      house.upstream.next({ body: images(1, anImageUsage) });
      const picture = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from('\r\n--\r\n\0')]);
      await house.openai.images.edit({ model: 'gpt-image', prompt: 'Add a hat', image: await toFile(picture, 'cat "1".png', { type: 'image/png' }) });
      const [call] = house.upstream.calls;
      expect(call?.path).toBe('/v1/images/edits');
      const form = await new Response(new Uint8Array(call?.raw as Buffer), { headers: { 'content-type': String(call?.headers['content-type']) } }).formData();
      expect([form.get('model'), form.get('prompt')]).toEqual(['gpt-image-1', 'Add a hat']);
      expect(Buffer.from(await (form.get('image') as File).arrayBuffer()).equals(picture)).toBe(true);
      expect(await usage()).toMatchObject({ cost: '42690000' });
    });

    it('are edited by JSON too', async () => {
      house.upstream.next({ body: images(1, anImageUsage) });
      const answer = await house.post('/v1/images/edits', { model: 'gpt-image', prompt: 'Add a hat', images: [{ image_url: 'https://example.com/cat.png' }] });
      expect(answer.status).toBe(200);
      expect(house.upstream.calls[0]?.body).toMatchObject({ model: 'gpt-image-1', images: [{ image_url: 'https://example.com/cat.png' }] });
    });

    it('are asked of Gemini in its own words, one by one', async () => {
      google.always({ body: { candidates: [{ content: { parts: [{ text: 'Here.' }, { inlineData: { mimeType: 'image/png', data: PICTURE } }] }, finishReason: 'STOP' }], usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 1_290, candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1_290 }] } } });
      const answer = await house.openai.images.generate({ model: 'banana', prompt: 'A cat', n: 2, size: '1536x1024' });
      expect(answer.data).toHaveLength(2);
      expect(google.calls.map(({ path }) => path)).toEqual(Array(2).fill('/v1/models/gemini-2.5-flash-image:generateContent'));
      expect(google.calls[0]?.body).toEqual({ contents: [{ role: 'user', parts: [{ text: 'A cat' }] }], generationConfig: { responseModalities: ['TEXT', 'IMAGE'], imageConfig: { aspectRatio: '3:2' } } });
      expect(await usage()).toMatchObject({ input: 8, output: 2_580, cost: String(8 * 300 + 2_580 * 30_000), units: { images: 2 }, estimated: false });
    });

    it('are changed by Gemini too, from a file of the form', async () => {
      google.always({ body: { candidates: [{ content: { parts: [{ inlineData: { mimeType: 'image/png', data: PICTURE } }] } }] } });
      await house.openai.images.edit({ model: 'banana', prompt: 'Add a hat', image: await toFile(Buffer.from([0xff, 0xd8, 1]), 'cat.jpg') });
      expect(google.calls[0]?.body).toMatchObject({ contents: [{ parts: [{ text: 'Add a hat' }, { inlineData: { mimeType: 'image/jpeg', data: '/9gB' } }] }] });
    });

    it('are asked of Imagen together', async () => {
      google.next({ body: { predictions: [{ bytesBase64Encoded: PICTURE }, { bytesBase64Encoded: PICTURE }] } });
      const answer = await house.openai.images.generate({ model: 'imagen', prompt: 'A cat', n: 2, size: '1024x1024', user: 'u' });
      expect(answer.data).toHaveLength(2);
      expect(google.calls[0]).toMatchObject({ path: '/v1/models/imagen-4.0-generate-001:predict', body: { instances: [{ prompt: 'A cat' }], parameters: { sampleCount: 2, aspectRatio: '1:1' } } });
      expect(await usage()).toMatchObject({ cost: '80000000', units: { images: 2 } });
    });

    it.each([
      ['a background', { background: 'transparent' as const }, 'background'],
      ['URLs', { response_format: 'url' as const }, 'response_format'],
      ['a size that it does not make', { size: '1x1' as never }, 'size'],
    ])('that Google cannot make are refused by name: %s', async (_, more, param) => {
      const error = await errorOf(house.openai.images.generate({ model: 'banana', prompt: 'A cat', ...more }));
      expect(error).toBeInstanceOf(OpenAI.BadRequestError);
      expect(error).toMatchObject({ code: 'unsupported_parameter', param });
      expect(google.calls).toHaveLength(0);
    });

    it('that a provider will not make are the caller’s mistake, and cost nothing', async () => {
      google.next({ body: { promptFeedback: { blockReason: 'SAFETY' } } });
      const error = await errorOf(house.openai.images.generate({ model: 'banana', prompt: 'x' }));
      expect(error).toBeInstanceOf(OpenAI.BadRequestError);
      expect(error).toMatchObject({ code: 'content_policy_violation', message: expect.stringContaining('SAFETY') });
      expect(await usage()).toMatchObject({ status: 400, cost: '0' });
    });

    it.each([
      ['a page', { body: '<html></html>', headers: { 'content-type': 'text/html' } }],
      ['no pictures', { body: { created: 1, data: [] } }],
      ['an error with status 200', { body: { error: { message: 'no' } } }],
    ])('are not %s', async (_, play) => {
      house.upstream.next(play);
      expect(await errorOf(house.openai.images.generate({ model: 'dall-e', prompt: 'A cat' }))).toMatchObject({ status: 502, code: 'UPSTREAM_INVALID_RESPONSE' });
    });
  });

  describe('speech', () => {
    it('passes as it is, with its type, and is charged by the character', async () => {
      house.upstream.next(sound());
      const answer = await house.openai.audio.speech.create({ model: 'tts', input: 'Héllo 🚀', voice: 'alloy' });
      expect(answer.headers.get('content-type')).toBe('audio/mpeg');
      expect(Buffer.from(await answer.arrayBuffer()).equals(Buffer.alloc(4_000, 0x55))).toBe(true);
      expect(house.upstream.calls[0]).toMatchObject({ path: '/v1/audio/speech', body: { model: 'tts-1', input: 'Héllo 🚀', voice: 'alloy' } });
      expect(await usage()).toEqual({ status: 200, cost: '105000', charged: '105000', units: { characters: 7 }, input: 0, output: 0, estimated: false });
    });

    it('reaches the client while it is still being made', async () => {
      house.upstream.next(sound({ hangsAfterChunks: 1 }));
      const answer = await house.openai.audio.speech.create({ model: 'tts', input: 'Hi', voice: 'alloy' });
      const reader = answer.body?.getReader();
      expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
      await reader?.cancel();
    });

    it('ends at its provider within two seconds when its client leaves, and is charged whole', async () => {
      house.upstream.next(sound({ endless: true, chunkDelayMs: 5 }));
      const answer = await house.openai.audio.speech.create({ model: 'tts', input: 'Hi', voice: 'alloy' });
      const call = await house.upstream.call(0);
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
      house.upstream.next(sound({ body: Buffer.alloc(256 * 1024, 1), endless: true }));
      const answer = await house.openai.audio.speech.create({ model: 'tts', input: 'Hi', voice: 'alloy' });
      const call = await house.upstream.call(0);
      const reader = answer.body?.getReader();
      await reader?.read();
      await call.stalled();
      expect(call.bytesSent).toBeLessThan(32 << 20);
      await reader?.cancel();
      await call.ended;
      await usage();
    });

    it('is spoken by the next provider while no byte has come, and by nobody else after', async () => {
      house.upstream.next({ status: 500 });
      house.spare.next(sound());
      expect((await (await house.openai.audio.speech.create({ model: 'tts', input: 'Hi', voice: 'alloy' })).arrayBuffer()).byteLength).toBe(4_000);
      await usage();
      house.upstream.next(sound({ bytesPerWrite: 500, resetsAfterBytes: 1_000 }));
      const answer = await house.openai.audio.speech.create({ model: 'tts', input: 'Hi', voice: 'alloy' });
      await expect(answer.arrayBuffer()).rejects.toThrow();
      expect(house.spare.calls).toHaveLength(1);
      expect(await usage()).toMatchObject({ status: 502, cost: '30000' });
    });

    it.each([
      ['a page', { body: '<html></html>', headers: { 'content-type': 'text/html' } }],
      ['JSON', { body: { error: 'x' } }],
      ['nothing', { body: Buffer.alloc(0), headers: { 'content-type': 'audio/mpeg' } }],
    ])('is not %s', async (_, play) => {
      house.upstream.always(play);
      expect(await errorOf(house.openai.audio.speech.create({ model: 'tts-tokens', input: 'Hi', voice: 'alloy' }))).toMatchObject({ status: 502, code: 'UPSTREAM_INVALID_RESPONSE' });
    });

    it('comes in events where it is asked for, with its tokens', async () => {
      house.upstream.next(events({ type: 'speech.audio.delta', audio: 'AAAA' }, { type: 'speech.audio.done', usage: { input_tokens: 3, output_tokens: 100, total_tokens: 103 } }));
      const answer = await house.openai.audio.speech.create({ model: 'tts-tokens', input: 'Hi', voice: 'alloy', stream_format: 'sse' });
      expect(answer.headers.get('content-type')).toContain('text/event-stream');
      expect(await answer.text()).toContain('event: speech.audio.done');
      expect(await usage()).toMatchObject({ input: 3, output: 100, cost: String(3 * 600 + 100 * 12_000), estimated: false });
    });
  });

  describe('transcription', () => {
    it('of a file is JSON, charged by the second that its provider tells', async () => {
      house.upstream.next({ body: { text: 'Hello.', usage: { type: 'duration', seconds: 2 } } });
      const answer = await house.openai.audio.transcriptions.create({ model: 'whisper', file: await aFile() });
      expect(answer.text).toBe('Hello.');
      const [call] = house.upstream.calls;
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
      house.upstream.next({ body, headers: { 'content-type': 'text/plain; charset=utf-8' } });
      const answer: unknown = await house.openai.audio.transcriptions.create({ model: 'whisper', file: await aFile(), response_format });
      expect(answer).toBe(body);
      expect(await usage()).toMatchObject({ cost: '200000', units: { audioMs }, estimated: true });
    });

    it('is charged by the tokens that its provider tells, sound apart from words', async () => {
      house.upstream.next({ body: { text: 'Hi', usage: { type: 'tokens', input_tokens: 20, output_tokens: 5, total_tokens: 25, input_token_details: { audio_tokens: 18, text_tokens: 2 } } } });
      await house.openai.audio.transcriptions.create({ model: 'transcribe', file: await aFile() });
      expect(await usage()).toMatchObject({ input: 20, output: 5, cost: String(18 * 6_000 + 2 * 2_500 + 5 * 10_000), units: { audioMs: 2_000 }, estimated: false });
    });

    it('is streamed', async () => {
      house.upstream.next(events({ type: 'transcript.text.delta', delta: 'Hel' }, { type: 'transcript.text.delta', delta: 'lo' }, { type: 'transcript.text.done', text: 'Hello', usage: { type: 'tokens', input_tokens: 20, output_tokens: 5, total_tokens: 25, input_token_details: { audio_tokens: 20, text_tokens: 0 } } }));
      const stream = await house.openai.audio.transcriptions.create({ model: 'transcribe', file: await aFile(), stream: true });
      let text = '';
      for await (const event of stream) if (event.type === 'transcript.text.delta') text += event.delta;
      expect(text).toBe('Hello');
      expect(await usage()).toMatchObject({ cost: String(20 * 6_000 + 5 * 10_000), estimated: false });
    });

    it('comes whole from a provider that knows no streams', async () => {
      house.upstream.next({ body: { text: 'Hello' } });
      const form = new FormData();
      form.set('model', 'whisper');
      form.set('stream', 'true');
      form.set('file', new Blob([silence()]), 'a.wav');
      const answer = await fetch(`${house.gateway.url}/v1/audio/transcriptions`, { method: 'POST', headers: { authorization: `Bearer ${house.key}` }, body: form });
      expect([answer.status, answer.headers.get('content-type'), await answer.json()]).toEqual([200, 'application/json', { text: 'Hello' }]);
      expect(await usage()).toMatchObject({ cost: '200000' });
    });

    it('into English is asked as such', async () => {
      house.upstream.next({ body: { text: 'Hello' } });
      expect((await house.openai.audio.translations.create({ model: 'whisper', file: await aFile() })).text).toBe('Hello');
      expect(house.upstream.calls[0]?.path).toBe('/v1/audio/translations');
    });

    it('passes byte for byte where the provider’s name of the model is ours', async () => {
      house.upstream.next({ body: { text: 'Hello' } });
      const body = Buffer.concat([Buffer.from('--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhole-name\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n'), silence(), Buffer.from('\r\n--b--\r\n')]);
      const answer = await fetch(`${house.gateway.url}/v1/audio/transcriptions`, { method: 'POST', headers: { authorization: `Bearer ${house.key}`, 'content-type': 'multipart/form-data; boundary=b' }, body: new Uint8Array(body) });
      expect(answer.status).toBe(200);
      expect(house.upstream.calls[0]?.raw.equals(body)).toBe(true);
      expect(house.upstream.calls[0]?.headers['content-type']).toBe('multipart/form-data; boundary=b');
    });

    it('of the same file under the same key is charged once, though its client draws another boundary', async () => {
      house.upstream.always({ body: { text: 'Hello' } });
      const ask = async () => house.openai.audio.transcriptions.create({ model: 'whisper', file: await aFile() }, { idempotencyKey: 'once', headers: { 'idempotency-key': 'once' } });
      expect([(await ask()).text, (await ask()).text]).toEqual(['Hello', 'Hello']);
      expect(house.upstream.calls).toHaveLength(1);
    });
  });

  describe('what is refused', () => {
    const post = (path: string, body: string | Uint8Array<ArrayBuffer>, contentType: string) => fetch(house.gateway.url + path, { method: 'POST', headers: { authorization: `Bearer ${house.key}`, 'content-type': contentType }, body });
    const field = (name: string, value: string) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const file = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\nabc\r\n';

    it.each([
      ['two models', `${field('model', 'whisper')}${field('model', 'dall-e')}${file}--b--`, 'model'],
      ['a model in capitals beside it', `${field('model', 'whisper')}${field('MODEL', 'dall-e')}${file}--b--`, 'model'],
      ['no model', `${file}--b--`, 'model'],
      ['no file', `${field('model', 'whisper')}--b--`, 'file'],
      ['two files', `${field('model', 'whisper')}${file}${file}--b--`, 'file'],
      ['no last boundary', `${field('model', 'whisper')}${file}`, null],
    ])('a form with %s', async (_, body, param) => {
      const answer = await post('/v1/audio/transcriptions', body, 'multipart/form-data; boundary=b');
      expect(answer.status).toBe(400);
      expect(((await answer.json()) as { error: { param: string | null } }).error.param).toBe(param);
      expect(house.upstream.calls).toHaveLength(0);
    });

    it.each([
      ['/v1/chat/completions', 'multipart/form-data; boundary=b'],
      ['/v1/images/generations', 'multipart/form-data; boundary=b'],
      ['/v1/audio/speech', 'multipart/form-data; boundary=b'],
      ['/v1/embeddings', 'multipart/form-data; boundary=b'],
      ['/v1/audio/transcriptions', 'application/json'],
      ['/internal/v1/audio/translations', 'application/json'],
      ['/v1/images/edits', 'text/plain'],
    ])('%s in %s', async (path, contentType) => {
      const answer = await post(path, `${field('model', 'whisper')}${file}--b--`, contentType);
      const { error } = (await answer.json()) as { error: { message: string } };
      expect([answer.status, error.message]).toEqual([415, expect.stringContaining(contentType.startsWith('multipart') ? 'application/json' : 'multipart/form-data')]);
    });

    it('a form that is too large, in words that name the setting', async () => {
      const answer = await post('/v1/audio/transcriptions', new Uint8Array(26 << 20), 'multipart/form-data; boundary=b').catch(() => null);
      if (answer) expect([answer.status, await answer.text()]).toEqual([413, expect.stringContaining('MAX_UPLOAD_BYTES')]);
    });

    it('a key that is not for it', async () => {
      const error = await errorOf(narrow().images.generate({ model: 'dall-e', prompt: 'A cat' }));
      expect(error).toBeInstanceOf(OpenAI.PermissionDeniedError);
      expect(error).toMatchObject({ status: 403, code: 'SCOPE_DENIED' });
      house.upstream.next(sound());
      expect((await narrow().audio.speech.create({ model: 'tts', input: 'Hi', voice: 'alloy' })).status).toBe(200);
    });

    it.each([
      ['a picture of a model that is priced by the second', () => house.openai.images.generate({ model: 'whisper', prompt: 'A cat' })],
      ['a conversation with a model that is priced by the picture', () => house.openai.chat.completions.create({ model: 'dall-e', messages: [{ role: 'user', content: 'Hi' }] })],
      ['anything of a model without a price', () => house.openai.audio.speech.create({ model: 'unpriced', input: 'Hi', voice: 'alloy' })],
    ])('%s', async (_, ask) => {
      expect(await errorOf(ask())).toMatchObject({ status: 503, code: 'MODEL_NOT_PRICED' });
      expect(house.upstream.calls).toHaveLength(0);
    });

    it('what a provider does not have', async () => {
      expect(await errorOf(house.openai.images.generate({ model: 'claude', prompt: 'A cat' }))).toMatchObject({ status: 400, code: 'unsupported_parameter' });
      expect(await errorOf(house.openai.audio.speech.create({ model: 'banana', input: 'Hi', voice: 'alloy' }))).toMatchObject({ status: 400, code: 'unsupported_parameter' });
    });

    it('what a provider refuses, in its own words', async () => {
      house.upstream.next({ status: 400, body: { error: { message: 'Your request was rejected by the safety system.', type: 'image_generation_user_error', code: 'moderation_blocked', param: null } } });
      const error = await errorOf(house.openai.images.generate({ model: 'dall-e', prompt: 'x' }));
      expect(error).toBeInstanceOf(OpenAI.BadRequestError);
      expect(error).toMatchObject({ code: 'moderation_blocked' });
    });
  });

  describe('a prepaid tenant', () => {
    it('holds what the call can cost, pays what it cost, and never more', async () => {
      expect(await errorOf(prepaid().images.generate({ model: 'dall-e', prompt: 'A cat', n: 3 }))).toMatchObject({ status: 402, code: 'insufficient_quota' });
      house.upstream.next({ body: images(2) });
      await prepaid().images.generate({ model: 'dall-e', prompt: 'A cat', n: 2 });
      expect(await usage()).toMatchObject({ charged: '80000000' });
      house.upstream.next({ body: { text: 'x', usage: { type: 'duration', seconds: 9_999 } } });
      await prepaid().audio.transcriptions.create({ model: 'whisper', file: await aFile() });
      expect(await usage()).toMatchObject({ cost: '200000', charged: '200000', estimated: true });
      const [account] = await house.sql<{ posted: string; held: string }>("select posted_nano as posted, held_nano as held from accounts join tenants on id = tenant_id where name = 'payer'");
      expect(account).toEqual({ posted: '19800000', held: '0' });
    });
  });

  describe('the internal channel', () => {
    let internal: OpenAI;
    beforeAll(async () => {
      const login = await house.post('/api/v1/auth/login', { email: house.gateway.env['BOOTSTRAP_ADMIN_EMAIL'], password: house.gateway.env['BOOTSTRAP_ADMIN_PASSWORD'] });
      const { access_token: token } = (await login.json()) as { access_token: string };
      internal = new OpenAI({ apiKey: token, baseURL: `${house.gateway.url}/internal/v1`, maxRetries: 0 });
    });

    it('tells with JSON and in events how it came to be, records it at price, and charges nobody', async () => {
      house.upstream.next({ body: images(1) });
      expect(await internal.images.generate({ model: 'dall-e', prompt: 'A cat' })).toMatchObject({ data: [{ b64_json: PICTURE }], gateway: { attempts: [{ provider: 'first', outcome: 'ok' }] } });
      expect(await usage()).toMatchObject({ cost: '40000000', charged: '0', units: { images: 1 } });
      house.upstream.next({ body: { text: 'Hello' } });
      expect(await internal.audio.transcriptions.create({ model: 'whisper', file: await aFile() })).toMatchObject({ text: 'Hello', gateway: { attempts: [{ outcome: 'ok' }] } });
      await usage();
      house.upstream.next(events({ type: 'speech.audio.delta', audio: 'AAAA' }, { type: 'speech.audio.done' }));
      expect(await (await internal.audio.speech.create({ model: 'tts', input: 'Hi', voice: 'alloy', stream_format: 'sse' })).text()).toMatch(/: gateway \{"request_id":/);
    });

    it('leaves sound and text as they are', async () => {
      house.upstream.next(sound());
      expect((await (await internal.audio.speech.create({ model: 'tts', input: 'Hi', voice: 'alloy' })).arrayBuffer()).byteLength).toBe(4_000);
      house.upstream.next({ body: 'Hello\n', headers: { 'content-type': 'text/plain' } });
      expect(await internal.audio.transcriptions.create({ model: 'whisper', file: await aFile(), response_format: 'text' })).toBe('Hello\n');
    });

    it('may use models that have no price', async () => {
      house.upstream.next({ body: images(1) });
      await internal.images.generate({ model: 'unpriced', prompt: 'A cat' });
      expect(await usage()).toMatchObject({ cost: '0', units: { images: 1 }, estimated: false });
    });
  });

  it('under an idempotency key give the same sound again, and are charged once', async () => {
    house.upstream.always(sound());
    const speak = () => house.openai.audio.speech.create({ model: 'tts', input: 'Once', voice: 'alloy' }, { headers: { 'idempotency-key': 'sound' } });
    const first = Buffer.from(await (await speak()).arrayBuffer());
    const again = await speak();
    expect([again.headers.get('content-type'), again.headers.get('idempotent-replayed')]).toEqual(['audio/mpeg', 'true']);
    expect(Buffer.from(await again.arrayBuffer()).equals(first)).toBe(true);
    expect(house.upstream.calls).toHaveLength(1);
  });

  it('of the simulator need no key of anybody’s', async () => {
    const made = await house.openai.images.generate({ model: 'sim', prompt: 'A cat', response_format: 'url' });
    expect(made.data?.[0]?.url).toMatch(/^data:image\/png;base64,iVBORw0KGgo/);
    const edited = await house.openai.images.edit({ model: 'sim', prompt: 'A cat', image: await toFile(Buffer.from('x'), 'x.png') });
    expect(edited.data?.[0]?.b64_json).toMatch(/^iVBORw0KGgo/);
    const spoken = Buffer.from(await (await house.openai.audio.speech.create({ model: 'sim', input: 'Hello there', voice: 'alloy', response_format: 'wav' })).arrayBuffer());
    expect(spoken.subarray(0, 4).toString()).toBe('RIFF');
    const heard = await house.openai.audio.transcriptions.create({ model: 'sim', file: await toFile(spoken, 'hello.wav') });
    expect(heard.text).toContain(`${spoken.length} bytes`);
  });
});
