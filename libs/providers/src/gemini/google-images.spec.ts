import type { ProviderDialect } from '@higress/kernel';
import { type ImagesAsked, type ImageTranslator, type Json, Loss } from '@higress/wire';
import { registry } from '../registry';

const provider = (dialect: ProviderDialect) => ({ id: 'p', name: 'p', dialect, baseUrl: 'https://example.com', headers: {}, timeouts: { connectMs: 1, firstTokenMs: 1, wholeAnswerMs: 1, idleMs: 1, totalMs: 1 }, credentials: [] });
const way = (dialect: ProviderDialect, model: string, endpoint: 'images/generations' | 'images/edits' = 'images/generations') => registry[dialect].media(provider(dialect), model)[endpoint] as ImageTranslator;
const asked = (more: Partial<ImagesAsked> = {}): ImagesAsked => ({ prompt: 'A cat', images: 1, shown: [], extras: [], ...more });
const ask = (dialect: ProviderDialect, model: string, more: Partial<ImagesAsked> = {}, loss = new Loss('openai', dialect, false)) =>
  way(dialect, model).encode(asked(more), { model, loss }).map(({ path, body }) => ({ path, body: JSON.parse(body.toString()) as Json }));

describe('Google’s pictures', () => {
  it.each([
    ['gemini', 'imagen-4.0-generate-001', '/models/imagen-4.0-generate-001:predict'],
    ['vertex', 'imagen-4.0-generate-001', '/publishers/google/models/imagen-4.0-generate-001:predict'],
    ['gemini', 'gemini-2.5-flash-image', '/models/gemini-2.5-flash-image:generateContent'],
    ['vertex', 'gemini-2.5-flash-image', '/publishers/google/models/gemini-2.5-flash-image:generateContent'],
  ] as const)('at %s of %s are asked at %s', (dialect, model, path) => {
    expect(ask(dialect, model)[0]?.path).toBe(path);
  });

  it('of Gemini are asked one at a time, of Imagen together', () => {
    expect(ask('gemini', 'gemini-2.5-flash-image', { images: 3 })).toHaveLength(3);
    expect(ask('gemini', 'imagen-4.0-generate-001', { images: 3, size: '1792x1024' })).toEqual([{ path: expect.any(String), body: { instances: [{ prompt: 'A cat' }], parameters: { sampleCount: 3, aspectRatio: '16:9' } } }]);
  });

  it('are changed by Gemini alone', () => {
    expect(way('gemini', 'gemini-2.5-flash-image', 'images/edits')).toBeDefined();
    expect(way('gemini', 'imagen-4.0-generate-001', 'images/edits')).toBeUndefined();
  });

  it.each([
    ['imagen-4.0-generate-001', { size: '1536x1024' }, 'size'],
    ['gemini-2.5-flash-image', { size: '7x7' }, 'size'],
    ['gemini-2.5-flash-image', { extras: ['mask'] }, 'mask'],
  ])('by %s are refused for %j, or made without it where it may be dropped', (model, more, param) => {
    expect(() => ask('gemini', model, more)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_PARAMETER', param }));
    const loss = new Loss('openai', 'gemini', true);
    ask('gemini', model, more, loss);
    expect(loss.dropped).toEqual([param]);
  });

  it('are made without what is a mere hint', () => {
    const loss = new Loss('openai', 'gemini', false);
    ask('gemini', 'gemini-2.5-flash-image', { extras: ['quality', 'user'] }, loss);
    expect(loss.dropped).toEqual(['quality', 'user']);
  });

  it('are read with their tokens, pictures apart, and none where one answer tells none', () => {
    const answer = (usageMetadata?: object) => ({ candidates: [{ content: { parts: [{ text: 'Here' }, { inlineData: { mimeType: 'image/png', data: 'AA' } }] } }], ...(usageMetadata && { usageMetadata }) });
    const told = { promptTokenCount: 5, candidatesTokenCount: 1_295, thoughtsTokenCount: 10, candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1_290 }], promptTokensDetails: [{ modality: 'TEXT', tokenCount: 5 }] };
    const { images, usage } = way('gemini', 'gemini-2.5-flash-image').decode([answer(told), answer(told)]);
    expect(images).toEqual(['AA', 'AA']);
    expect(usage).toMatchObject({ inputTokens: 10, outputTokens: 2_610, reasoningTokens: 20, imageOutputTokens: 2_580, imageInputTokens: 0 });
    expect(way('gemini', 'gemini-2.5-flash-image').decode([answer(told), answer()]).usage).toBeNull();
  });

  it.each([
    ['imagen-4.0-generate-001', { predictions: [{ raiFilteredReason: 'Prompt blocked, code 58061214' }] }, /Prompt blocked/],
    ['gemini-2.5-flash-image', { promptFeedback: { blockReason: 'SAFETY' } }, /SAFETY/],
    ['gemini-2.5-flash-image', { candidates: [{ finishReason: 'IMAGE_SAFETY' }] }, /IMAGE_SAFETY/],
    ['gemini-2.5-flash-image', { candidates: [{ finishReason: '<script>' }] }, /made no picture of this\.$/],
  ])('of %s that were not made say why: %j', (model, answer, words) => {
    expect(() => way('gemini', model).decode([answer])).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST', upstreamCode: 'content_policy_violation', message: expect.stringMatching(words) }));
  });

  it.each([[{}], [{ candidates: 'x' }], [{ error: {} }]])('are not read in %j', (answer) => {
    expect(() => way('gemini', 'gemini-2.5-flash-image').decode([answer])).toThrow(expect.objectContaining({ code: 'UPSTREAM_INVALID_RESPONSE' }));
  });
});
