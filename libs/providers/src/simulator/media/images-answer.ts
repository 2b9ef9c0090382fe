import type { Behaviour } from '../behaviour';
import { hashOf } from '../hash';
import { EVENT_HEADERS, refusal, type SimulatedAnswer } from '../simulated-answer';
import type { Simulation } from '../simulation';
import { countTokens } from '../tokens';
import { wholeBody } from '../whole-body';
import { inPieces, mediaEvent } from './in-pieces';
import { pngOf } from './png';

const MOST = 10;
const TOKENS_PER_IMAGE = 272;

/** Pictures of 8 by 8 points whose colours depend on the prompt, what was shown and their place in the answer. */
export function imagesAnswer(call: Simulation, behaviour: Behaviour): SimulatedAnswer {
  const body = (typeof call.body === 'object' && call.body !== null ? call.body : {}) as Readonly<Record<string, unknown>>;
  const { prompt, n = 1, files = [] } = body;
  if (typeof prompt !== 'string' || prompt === '') return refusal(400, "Missing required parameter: 'prompt'.", 'prompt', behaviour.firstMs);
  if (typeof n !== 'number' || !Number.isInteger(n) || n < 1 || n > MOST) return refusal(400, `Invalid 'n': expected a value between 1 and ${MOST}.`, 'n', behaviour.firstMs);
  if (call.endpoint === 'images/edits' && !Array.isArray(body['images']) && (files as unknown[]).length === 0) return refusal(400, "Missing required parameter: 'image'.", 'image', behaviour.firstMs);
  const shown = (files as Buffer[]).map((file) => file.toString('latin1')).join();
  const images = Array.from({ length: n }, (_, i) => pngOf(hashOf(prompt + shown) + i).toString('base64'));
  const [input, output] = [countTokens(prompt), n * TOKENS_PER_IMAGE];
  const usage = behaviour.fault?.kind === 'no-usage' ? undefined : { input_tokens: input, output_tokens: output, total_tokens: input + output, input_tokens_details: { text_tokens: input, image_tokens: 0 } };
  if (body['stream'] === true) return streamed(call, behaviour, images[0] as string, usage);
  const data = images.map((b64_json) => (body['response_format'] === 'url' ? { url: `data:image/png;base64,${b64_json}` } : { b64_json }));
  return wholeBody(Buffer.from(JSON.stringify({ created: call.createdUnix, data, output_format: 'png', quality: 'low', size: '1024x1024', usage })), behaviour.firstMs, behaviour.fault);
}

function streamed({ endpoint, createdUnix }: Simulation, behaviour: Behaviour, b64_json: string, usage: unknown): SimulatedAnswer {
  const type = endpoint === 'images/edits' ? 'image_edit' : 'image_generation';
  const about = { b64_json, created_at: createdUnix, size: '1024x1024', quality: 'low', background: 'opaque', output_format: 'png' };
  const partial = [0, 1].map((partial_image_index) => mediaEvent({ type: `${type}.partial_image`, partial_image_index, ...about }));
  return { status: 200, headers: EVENT_HEADERS, steps: inPieces(partial, [mediaEvent({ type: `${type}.completed`, ...about, usage })], behaviour) };
}
