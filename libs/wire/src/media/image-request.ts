import type { CompletionRequest } from '@higress/kernel';
import { estimateTokens, MEDIA_TOKENS } from '@higress/pricing';
import { Fields, type Json } from '../canonical/fields';
import { invalid, readModel } from '../chat-request';
import { imageTokens } from './image-tokens';

/** What of a form is read, beside its files. */
export const IMAGE_FIELDS = ['model', 'prompt', 'n', 'size', 'quality', 'response_format', 'stream', 'partial_images', 'input_fidelity', 'background', 'output_format', 'output_compression', 'user', 'mask'];
export const IMAGE_NUMBERS = ['n', 'partial_images', 'output_compression'];
export const IMAGE_FLAGS = ['stream'];
const MAX_IMAGES = 10;
const MAX_PARTIAL_IMAGES = 3;
/** What a picture that is only shown while it is made costs more. */
const PARTIAL_TOKENS = 100;
/** A square of medium quality: most providers count pictures and no tokens at all. */
const USUAL_TOKENS = 1_056;
/** What a picture to be edited counts for on top where its details are to be kept. */
const HIGH_FIDELITY_TOKENS = 6_240;

/**
 * What the gateway reads of OpenAI's `images/generations` and `images/edits`; everything else is the provider's to judge.
 * @param shown how many pictures come with it
 * @throws DomainError INVALID_REQUEST with the parameter at fault
 */
export function readImageRequest(body: Json, shown: number): CompletionRequest {
  const model = readModel(body);
  const fields = new Fields(body);
  const prompt = fields.needText('prompt');
  const images = fields.count(1, 'n') ?? 1;
  if (images > MAX_IMAGES) throw invalid('n', `must be at most ${MAX_IMAGES}`);
  const partial = fields.count(0, 'partial_images') ?? 0;
  if (partial > MAX_PARTIAL_IMAGES) throw invalid('partial_images', `must be at most ${MAX_PARTIAL_IMAGES}`);
  const perShown = MEDIA_TOKENS + (fields.text('input_fidelity') === 'high' ? HIGH_FIDELITY_TOKENS : 0);
  const maxOutputTokens = imageTokens(fields.text('size'), fields.text('quality')) + partial * PARTIAL_TOKENS;
  return {
    model,
    stream: fields.flag('stream') ?? false,
    includeUsage: false,
    maxOutputTokens,
    usualOutputTokens: Math.min(maxOutputTokens, USUAL_TOKENS),
    choices: images,
    estimatedInputTokens: estimateTokens(prompt) + shown * perShown,
    units: { images },
  };
}
