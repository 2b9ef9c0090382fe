import OpenAI, { toFile } from 'openai';
import { mediaHouse } from './media-house';
import { anImageUsage, events, images, PICTURE, thrownBy } from './media-samples';

const its = mediaHouse();
const { usage } = its;

describe('images', () => {
  it('are made, and charged by the picture', async () => {
    its.house.upstream.next({ body: images(2) });
    const answer = await its.house.openai.images.generate({ model: 'dall-e', prompt: 'A cat', n: 2 });
    expect(answer.data?.map(({ b64_json }) => b64_json)).toEqual([PICTURE, PICTURE]);
    expect(its.house.upstream.calls[0]).toMatchObject({ path: '/v1/images/generations', body: { model: 'dall-e-3', prompt: 'A cat', n: 2 } });
    expect(await usage()).toEqual({ status: 200, cost: '80000000', charged: '80000000', units: { images: 2 }, input: 0, output: 0, estimated: false });
  });

  it('are charged by the tokens that their provider tells, pictures apart from words', async () => {
    its.house.upstream.next({ body: images(1, anImageUsage) });
    await its.house.openai.images.generate({ model: 'gpt-image', prompt: 'A cat' });
    expect(await usage()).toEqual({ status: 200, cost: String(10 * 5_000 + 40 * 10_000 + 1_056 * 40_000), charged: String(42_690_000), units: { images: 1 }, input: 50, output: 1_056, estimated: false });
  });

  it('are charged by our count of tokens where their provider tells none, never by nothing', async () => {
    its.house.upstream.next({ body: images(1) });
    await its.house.openai.images.generate({ model: 'gpt-image', prompt: 'A cat', size: '1024x1024', quality: 'low' });
    expect(await usage()).toMatchObject({ output: 272, estimated: true, units: { images: 1 } });
  });

  it('larger than other answers may be come whole', async () => {
    const large = { created: 1, data: [{ b64_json: 'A'.repeat(8 << 20) }] };
    its.house.upstream.next({ body: large });
    const answer = await its.house.openai.images.generate({ model: 'dall-e', prompt: 'A cat' });
    expect(answer.data?.[0]?.b64_json).toHaveLength(8 << 20);
  });

  it('are streamed with what they look like on the way', async () => {
    const usageOfEvent = { ...anImageUsage };
    its.house.upstream.next(events({ type: 'image_generation.partial_image', b64_json: PICTURE, partial_image_index: 0 }, { type: 'image_generation.completed', b64_json: PICTURE, usage: usageOfEvent }));
    const stream = await its.house.openai.images.generate({ model: 'gpt-image', prompt: 'A cat', stream: true, partial_images: 1 });
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    expect(types).toEqual(['image_generation.partial_image', 'image_generation.completed']);
    expect(await usage()).toMatchObject({ cost: '42690000', units: { images: 1 }, output: 1_056, estimated: false });
  });

  it('are edited from a file, whose bytes pass with the form', async () => {
    its.house.upstream.next({ body: images(1, anImageUsage) });
    const picture = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from('\r\n--\r\n\0')]);
    await its.house.openai.images.edit({ model: 'gpt-image', prompt: 'Add a hat', image: await toFile(picture, 'cat "1".png', { type: 'image/png' }) });
    const [call] = its.house.upstream.calls;
    expect(call?.path).toBe('/v1/images/edits');
    const form = await new Response(new Uint8Array(call?.raw as Buffer), { headers: { 'content-type': String(call?.headers['content-type']) } }).formData();
    expect([form.get('model'), form.get('prompt')]).toEqual(['gpt-image-1', 'Add a hat']);
    expect(Buffer.from(await (form.get('image') as File).arrayBuffer()).equals(picture)).toBe(true);
    expect(await usage()).toMatchObject({ cost: '42690000' });
  });

  it('are edited by JSON too', async () => {
    its.house.upstream.next({ body: images(1, anImageUsage) });
    const answer = await its.house.post('/v1/images/edits', { model: 'gpt-image', prompt: 'Add a hat', images: [{ image_url: 'https://example.com/cat.png' }] });
    expect(answer.status).toBe(200);
    expect(its.house.upstream.calls[0]?.body).toMatchObject({ model: 'gpt-image-1', images: [{ image_url: 'https://example.com/cat.png' }] });
  });

  it('are asked of Gemini in its own words, one by one', async () => {
    its.google.always({ body: { candidates: [{ content: { parts: [{ text: 'Here.' }, { inlineData: { mimeType: 'image/png', data: PICTURE } }] }, finishReason: 'STOP' }], usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 1_290, candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1_290 }] } } });
    const answer = await its.house.openai.images.generate({ model: 'banana', prompt: 'A cat', n: 2, size: '1536x1024' });
    expect(answer.data).toHaveLength(2);
    expect(its.google.calls.map(({ path }) => path)).toEqual(Array(2).fill('/v1/models/gemini-2.5-flash-image:generateContent'));
    expect(its.google.calls[0]?.body).toEqual({ contents: [{ role: 'user', parts: [{ text: 'A cat' }] }], generationConfig: { responseModalities: ['TEXT', 'IMAGE'], imageConfig: { aspectRatio: '3:2' } } });
    expect(await usage()).toMatchObject({ input: 8, output: 2_580, cost: String(8 * 300 + 2_580 * 30_000), units: { images: 2 }, estimated: false });
  });

  it('are changed by Gemini too, from a file of the form', async () => {
    its.google.always({ body: { candidates: [{ content: { parts: [{ inlineData: { mimeType: 'image/png', data: PICTURE } }] } }] } });
    await its.house.openai.images.edit({ model: 'banana', prompt: 'Add a hat', image: await toFile(Buffer.from([0xff, 0xd8, 1]), 'cat.jpg') });
    expect(its.google.calls[0]?.body).toMatchObject({ contents: [{ parts: [{ text: 'Add a hat' }, { inlineData: { mimeType: 'image/jpeg', data: '/9gB' } }] }] });
  });

  it('are asked of Imagen together', async () => {
    its.google.next({ body: { predictions: [{ bytesBase64Encoded: PICTURE }, { bytesBase64Encoded: PICTURE }] } });
    const answer = await its.house.openai.images.generate({ model: 'imagen', prompt: 'A cat', n: 2, size: '1024x1024', user: 'u' });
    expect(answer.data).toHaveLength(2);
    expect(its.google.calls[0]).toMatchObject({ path: '/v1/models/imagen-4.0-generate-001:predict', body: { instances: [{ prompt: 'A cat' }], parameters: { sampleCount: 2, aspectRatio: '1:1' } } });
    expect(await usage()).toMatchObject({ cost: '80000000', units: { images: 2 } });
  });

  it.each([
    ['a background', { background: 'transparent' as const }, 'background'],
    ['URLs', { response_format: 'url' as const }, 'response_format'],
    ['a size that it does not make', { size: '1x1' as never }, 'size'],
  ])('that Google cannot make are refused by name: %s', async (_, more, param) => {
    const error = await thrownBy(its.house.openai.images.generate({ model: 'banana', prompt: 'A cat', ...more }));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ code: 'unsupported_parameter', param });
    expect(its.google.calls).toHaveLength(0);
  });

  it('that a provider will not make are the caller’s mistake, and cost nothing', async () => {
    its.google.next({ body: { promptFeedback: { blockReason: 'SAFETY' } } });
    const error = await thrownBy(its.house.openai.images.generate({ model: 'banana', prompt: 'x' }));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ code: 'content_policy_violation', message: expect.stringContaining('SAFETY') });
    expect(await usage()).toMatchObject({ status: 400, cost: '0' });
  });

  it.each([
    ['a page', { body: '<html></html>', headers: { 'content-type': 'text/html' } }],
    ['no pictures', { body: { created: 1, data: [] } }],
    ['an error with status 200', { body: { error: { message: 'no' } } }],
  ])('are not %s', async (_, play) => {
    its.house.upstream.next(play);
    expect(await thrownBy(its.house.openai.images.generate({ model: 'dall-e', prompt: 'A cat' }))).toMatchObject({ status: 502, code: 'UPSTREAM_INVALID_RESPONSE' });
  });
});
