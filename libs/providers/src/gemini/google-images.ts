import { DomainError, type Usage } from '@higress/kernel';
import { compact, type ImagesAsked, type ImageTranslator, isObject, type Json, listIn, type MediaWays, objectIn, readGenerateUsage, type ServiceTarget, sumUsage } from '@higress/wire';

/** Where a method of a model is: what follows the base URL. */
type At = (model: string, method: string) => string;

const HINTS = new Set(['quality', 'style', 'user', 'moderation']);
const RATIOS: Readonly<Record<string, string>> = { '1024x1024': '1:1', '512x512': '1:1', '256x256': '1:1', '1536x1024': '3:2', '1024x1536': '2:3', '1792x1024': '16:9', '1024x1792': '9:16' };
/** What Imagen makes. */
const IMAGEN_RATIOS = new Set(['1:1', '16:9', '9:16']);
const IMAGEN = /^(?:models\/)?imagen/;

/** Google's pictures: Imagen's by `predict`, several at once; Gemini's by `generateContent`, one at a time, from other pictures too. */
export function googleMedia(at: At): (upstreamModel: string) => MediaWays {
  const imagen: MediaWays = { 'images/generations': imagenImages(at) };
  const gemini: MediaWays = { 'images/generations': geminiImages(at), 'images/edits': geminiImages(at) };
  return (upstreamModel) => (IMAGEN.test(upstreamModel) ? imagen : gemini);
}

function imagenImages(at: At): ImageTranslator {
  return {
    encode(asked, target) {
      const body = { instances: [{ prompt: asked.prompt }], parameters: compact({ sampleCount: asked.images, aspectRatio: ratioOf(asked, target, (ratio) => IMAGEN_RATIOS.has(ratio)) }) };
      return [call(at(target.model, 'predict'), body)];
    },
    decode([answer = {}]) {
      const images = listIn(answer.predictions).flatMap((one) => textsOf(objectIn(one).bytesBase64Encoded));
      if (images.length === 0) throw refused(listIn(answer.predictions).map((one) => objectIn(one).raiFilteredReason));
      return { images, usage: null };
    },
  };
}

function geminiImages(at: At): ImageTranslator {
  return {
    encode(asked, target) {
      const parts = [{ text: asked.prompt }, ...asked.shown.map(({ type, data }) => ({ inlineData: { mimeType: type, data } }))];
      const aspectRatio = ratioOf(asked, target, () => true);
      const body = { contents: [{ role: 'user', parts }], generationConfig: { responseModalities: ['TEXT', 'IMAGE'], ...(aspectRatio !== undefined && { imageConfig: { aspectRatio } }) } };
      const one = call(at(target.model, 'generateContent'), body);
      return [one, ...Array.from({ length: asked.images - 1 }, () => one)];
    },
    decode(answers) {
      const images = answers.flatMap(picturesOf);
      return { images, usage: answers.map(({ usageMetadata }) => usageOf(usageMetadata)).reduce(sumUsage) };
    },
  };
}

function call(path: string, body: object) {
  return { path, body: Buffer.from(JSON.stringify(body)) };
}

/** @throws DomainError UNSUPPORTED_PARAMETER for what the provider cannot be asked */
function ratioOf({ size, extras }: ImagesAsked, { loss }: ServiceTarget, makes: (ratio: string) => boolean): string | undefined {
  for (const name of extras) {
    if (HINTS.has(name)) loss.hint(name);
    else loss.param(name);
  }
  if (size === undefined) return undefined;
  const ratio = RATIOS[size];
  if (ratio !== undefined && makes(ratio)) return ratio;
  loss.param('size');
  return undefined;
}

/** @throws DomainError INVALID_REQUEST where there is none, with the reason that the provider gave */
function picturesOf(answer: Json): string[] {
  const candidates = listIn(answer.candidates).filter(isObject);
  const images = candidates.flatMap(({ content }) => listIn(objectIn(content).parts).flatMap((part) => textsOf(objectIn(objectIn(part).inlineData).data)));
  if (images.length > 0) return images;
  if (candidates.length === 0 && answer.promptFeedback === undefined) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
  throw refused([objectIn(answer.promptFeedback).blockReason, ...candidates.map(({ finishReason }) => finishReason)]);
}

function refused(reasons: readonly unknown[]): DomainError {
  const reason = reasons.find((one) => typeof one === 'string' && /^[\w ,.'-]{1,200}$/.test(one));
  return new DomainError('INVALID_REQUEST', { message: `The provider made no picture of this${reason === undefined ? '' : ` (${String(reason)})`}.`, param: 'prompt', upstreamCode: 'content_policy_violation', source: 'client' });
}

function textsOf(value: unknown): string[] {
  return typeof value === 'string' && value !== '' ? [value] : [];
}

function usageOf(told: unknown): Usage | null {
  const usage = readGenerateUsage(told);
  if (!usage) return null;
  const { promptTokensDetails, candidatesTokensDetails } = objectIn(told);
  const { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens, estimated } = usage;
  return { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens, estimated, imageInputTokens: imageIn(promptTokensDetails, inputTokens), imageOutputTokens: imageIn(candidatesTokensDetails, outputTokens) };
}

function imageIn(details: unknown, whole: number): number {
  const tokens = listIn(details).map(objectIn).reduce((sum, { modality, tokenCount }) => sum + (modality === 'IMAGE' && typeof tokenCount === 'number' ? tokenCount : 0), 0);
  return Math.max(0, Math.min(tokens, whole));
}
