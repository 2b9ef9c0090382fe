import OpenAI, { toFile } from 'openai';
import { mediaHouse } from './media-house';
import { aFile, events, images, PICTURE, sound, thrownBy } from './media-samples';

const its = mediaHouse();
const { narrow, prepaid, usage } = its;

describe('pictures and sound', () => {
  describe('what is refused', () => {
    const post = (path: string, body: string | Uint8Array<ArrayBuffer>, contentType: string) => fetch(its.house.gateway.url + path, { method: 'POST', headers: { authorization: `Bearer ${its.house.key}`, 'content-type': contentType }, body });
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
      expect(its.house.upstream.calls).toHaveLength(0);
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
      const error = await thrownBy(narrow().images.generate({ model: 'dall-e', prompt: 'A cat' }));
      expect(error).toBeInstanceOf(OpenAI.PermissionDeniedError);
      expect(error).toMatchObject({ status: 403, code: 'SCOPE_DENIED' });
      its.house.upstream.next(sound());
      expect((await narrow().audio.speech.create({ model: 'tts', input: 'Hi', voice: 'alloy' })).status).toBe(200);
    });

    it.each([
      ['a picture of a model that is priced by the second', () => its.house.openai.images.generate({ model: 'whisper', prompt: 'A cat' })],
      ['a conversation with a model that is priced by the picture', () => its.house.openai.chat.completions.create({ model: 'dall-e', messages: [{ role: 'user', content: 'Hi' }] })],
      ['anything of a model without a price', () => its.house.openai.audio.speech.create({ model: 'unpriced', input: 'Hi', voice: 'alloy' })],
    ])('%s', async (_, ask) => {
      expect(await thrownBy(ask())).toMatchObject({ status: 503, code: 'MODEL_NOT_PRICED' });
      expect(its.house.upstream.calls).toHaveLength(0);
    });

    it('what a provider does not have', async () => {
      expect(await thrownBy(its.house.openai.images.generate({ model: 'claude', prompt: 'A cat' }))).toMatchObject({ status: 400, code: 'unsupported_parameter' });
      expect(await thrownBy(its.house.openai.audio.speech.create({ model: 'banana', input: 'Hi', voice: 'alloy' }))).toMatchObject({ status: 400, code: 'unsupported_parameter' });
    });

    it('what a provider refuses, in its own words', async () => {
      its.house.upstream.next({ status: 400, body: { error: { message: 'Your request was rejected by the safety system.', type: 'image_generation_user_error', code: 'moderation_blocked', param: null } } });
      const error = await thrownBy(its.house.openai.images.generate({ model: 'dall-e', prompt: 'x' }));
      expect(error).toBeInstanceOf(OpenAI.BadRequestError);
      expect(error).toMatchObject({ code: 'moderation_blocked' });
    });
  });

  describe('a prepaid tenant', () => {
    it('holds what the call can cost, pays what it cost, and never more', async () => {
      expect(await thrownBy(prepaid().images.generate({ model: 'dall-e', prompt: 'A cat', n: 3 }))).toMatchObject({ status: 402, code: 'insufficient_quota' });
      its.house.upstream.next({ body: images(2) });
      await prepaid().images.generate({ model: 'dall-e', prompt: 'A cat', n: 2 });
      expect(await usage()).toMatchObject({ charged: '80000000' });
      its.house.upstream.next({ body: { text: 'x', usage: { type: 'duration', seconds: 9_999 } } });
      await prepaid().audio.transcriptions.create({ model: 'whisper', file: await aFile() });
      expect(await usage()).toMatchObject({ cost: '200000', charged: '200000', estimated: true });
      const [account] = await its.house.sql<{ posted: string; held: string }>("select posted_nano as posted, held_nano as held from accounts join tenants on id = tenant_id where name = 'payer'");
      expect(account).toEqual({ posted: '19800000', held: '0' });
    });
  });

  describe('the internal channel', () => {
    let internal: OpenAI;
    beforeAll(async () => {
      const login = await its.house.post('/api/v1/auth/login', { email: its.house.gateway.env['BOOTSTRAP_ADMIN_EMAIL'], password: its.house.gateway.env['BOOTSTRAP_ADMIN_PASSWORD'] });
      const { access_token: token } = (await login.json()) as { access_token: string };
      internal = new OpenAI({ apiKey: token, baseURL: `${its.house.gateway.url}/internal/v1`, maxRetries: 0 });
    });

    it('tells with JSON and in events how it came to be, records it at price, and charges nobody', async () => {
      its.house.upstream.next({ body: images(1) });
      expect(await internal.images.generate({ model: 'dall-e', prompt: 'A cat' })).toMatchObject({ data: [{ b64_json: PICTURE }], gateway: { attempts: [{ provider: 'first', outcome: 'ok' }] } });
      expect(await usage()).toMatchObject({ cost: '40000000', charged: '0', units: { images: 1 } });
      its.house.upstream.next({ body: { text: 'Hello' } });
      expect(await internal.audio.transcriptions.create({ model: 'whisper', file: await aFile() })).toMatchObject({ text: 'Hello', gateway: { attempts: [{ outcome: 'ok' }] } });
      await usage();
      its.house.upstream.next(events({ type: 'speech.audio.delta', audio: 'AAAA' }, { type: 'speech.audio.done' }));
      expect(await (await internal.audio.speech.create({ model: 'tts', input: 'Hi', voice: 'alloy', stream_format: 'sse' })).text()).toMatch(/: gateway \{"request_id":/);
    });

    it('leaves sound and text as they are', async () => {
      its.house.upstream.next(sound());
      expect((await (await internal.audio.speech.create({ model: 'tts', input: 'Hi', voice: 'alloy' })).arrayBuffer()).byteLength).toBe(4_000);
      its.house.upstream.next({ body: 'Hello\n', headers: { 'content-type': 'text/plain' } });
      expect(await internal.audio.transcriptions.create({ model: 'whisper', file: await aFile(), response_format: 'text' })).toBe('Hello\n');
    });

    it('may use models that have no price', async () => {
      its.house.upstream.next({ body: images(1) });
      await internal.images.generate({ model: 'unpriced', prompt: 'A cat' });
      expect(await usage()).toMatchObject({ cost: '0', units: { images: 1 }, estimated: false });
    });
  });

  it('under an idempotency key give the same sound again, and are charged once', async () => {
    its.house.upstream.always(sound());
    const speak = () => its.house.openai.audio.speech.create({ model: 'tts', input: 'Once', voice: 'alloy' }, { headers: { 'idempotency-key': 'sound' } });
    const first = Buffer.from(await (await speak()).arrayBuffer());
    const again = await speak();
    expect([again.headers.get('content-type'), again.headers.get('idempotent-replayed')]).toEqual(['audio/mpeg', 'true']);
    expect(Buffer.from(await again.arrayBuffer()).equals(first)).toBe(true);
    expect(its.house.upstream.calls).toHaveLength(1);
  });

  it('of the simulator need no key of anybody’s', async () => {
    const made = await its.house.openai.images.generate({ model: 'sim', prompt: 'A cat', response_format: 'url' });
    expect(made.data?.[0]?.url).toMatch(/^data:image\/png;base64,iVBORw0KGgo/);
    const edited = await its.house.openai.images.edit({ model: 'sim', prompt: 'A cat', image: await toFile(Buffer.from('x'), 'x.png') });
    expect(edited.data?.[0]?.b64_json).toMatch(/^iVBORw0KGgo/);
    const spoken = Buffer.from(await (await its.house.openai.audio.speech.create({ model: 'sim', input: 'Hello there', voice: 'alloy', response_format: 'wav' })).arrayBuffer());
    expect(spoken.subarray(0, 4).toString()).toBe('RIFF');
    const heard = await its.house.openai.audio.transcriptions.create({ model: 'sim', file: await toFile(spoken, 'hello.wav') });
    expect(heard.text).toContain(`${spoken.length} bytes`);
  });
});
