import { Fields, type Json } from '../canonical/fields';
import { listIn, objectIn } from '../canonical/loose';
import type { Loss } from '../canonical/loss';
import type { ImagesAsked, ImagesGiven } from './media-ways';

const DATA_URL = /^data:([a-z]+\/[a-z0-9.+-]+);base64,([A-Za-z0-9+/]*={0,2})$/i;
/** What is told of a picture, or means nothing where none is streamed. */
const TOLD = new Set(['model', 'prompt', 'n', 'size', 'image', 'images', 'partial_images']);
const JPEG = Buffer.from([0xff, 0xd8]);

/**
 * A request for pictures, to be told in another form than its client's. Pictures come as base64 alone there, all at once.
 * @throws DomainError INVALID_REQUEST, UNSUPPORTED_PARAMETER
 */
export function decodeImagesRequest(body: Json, files: readonly Buffer[], loss: Loss): ImagesAsked {
  const fields = new Fields(body);
  if (fields.flag('stream')) loss.param('stream');
  if (fields.text('response_format') === 'url') loss.param('response_format');
  const shown = [...files.map((file) => ({ type: typeOf(file), data: file.toString('base64') })), ...listIn(body.images).flatMap((image) => dataOf(image, loss))];
  const size = fields.text('size');
  const extras = Object.keys(body).filter((name) => !TOLD.has(name) && name !== 'stream' && name !== 'response_format' && body[name] !== null);
  return { prompt: fields.needText('prompt'), images: fields.count(1, 'n') ?? 1, ...(size !== undefined && size !== 'auto' && { size }), shown, extras };
}

/** OpenAI's answer. */
export function encodeImagesAnswer({ images, usage }: ImagesGiven, createdUnix: number): Json {
  const data = images.map((b64_json) => ({ b64_json }));
  if (!usage) return { created: createdUnix, data };
  const { inputTokens, outputTokens, imageInputTokens = 0 } = usage;
  return { created: createdUnix, data, usage: { input_tokens: inputTokens, output_tokens: outputTokens, total_tokens: inputTokens + outputTokens, input_tokens_details: { text_tokens: inputTokens - imageInputTokens, image_tokens: imageInputTokens } } };
}

function dataOf(image: unknown, loss: Loss): ImagesAsked['shown'] {
  const { image_url: url } = objectIn(image);
  const [, type, data] = typeof url === 'string' ? (DATA_URL.exec(url) ?? []) : [];
  if (type !== undefined && data !== undefined) return [{ type, data }];
  loss.param('images');
  return [];
}

function typeOf(file: Buffer): string {
  if (file.subarray(0, 2).equals(JPEG)) return 'image/jpeg';
  return file.toString('latin1', 8, 12) === 'WEBP' ? 'image/webp' : 'image/png';
}
