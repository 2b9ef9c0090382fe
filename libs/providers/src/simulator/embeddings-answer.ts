import type { Behaviour } from './behaviour';
import { hashOf, numbersFrom } from './hash';
import type { Simulation } from './simulation';
import { refusal, type SimulatedAnswer } from './simulated-answer';
import { countTokens } from './tokens';
import { wholeBody } from './whole-body';

const DEFAULT_DIMENSIONS = 1536;
const MAX_DIMENSIONS = 3072;
/** OpenAI takes 2048; at most this many keep one call from holding up the others. */
const MAX_INPUTS = 256;

/** A vector of length 1 that depends on the text alone. Its first numbers are the same whatever the dimensions, up to their scale. */
function vectorOf(text: string, dimensions: number): Float32Array {
  const next = numbersFrom(hashOf(text));
  const raw = Float64Array.from({ length: dimensions }, () => next() * 2 - 1);
  const length = Math.hypot(...raw) || 1;
  return Float32Array.from(raw, (value) => value / length);
}

/** Texts, or lists of token ids, as OpenAI takes them: one or many. Null where it is neither. */
function inputsOf(input: unknown): { readonly text: string; readonly tokens: number }[] | null {
  const isTokens = (value: unknown): value is number[] => Array.isArray(value) && value.length > 0 && value.every(Number.isInteger);
  const many = typeof input === 'string' || isTokens(input) ? [input] : input;
  if (!Array.isArray(many) || many.length === 0 || many.length > MAX_INPUTS) return null;
  const read = many.map((one) => (typeof one === 'string' && one !== '' ? { text: one, tokens: countTokens(one) } : isTokens(one) ? { text: one.join(' '), tokens: one.length } : null));
  return read.every((one) => one !== null) ? read : null;
}

/** Embeddings of unit length, deterministic, as numbers or as base64 of little-endian float32. */
export function embeddingsAnswer(call: Simulation, behaviour: Behaviour): SimulatedAnswer {
  const body = (typeof call.body === 'object' && call.body !== null ? call.body : {}) as Readonly<Record<string, unknown>>;
  const inputs = inputsOf(body['input']);
  if (!inputs) return refusal(400, `Invalid 'input': expected a text, a list of tokens, or at most ${MAX_INPUTS} of them.`, 'input', behaviour.firstMs);
  const dimensions = body['dimensions'] ?? DEFAULT_DIMENSIONS;
  if (typeof dimensions !== 'number' || !Number.isInteger(dimensions) || dimensions < 1 || dimensions > MAX_DIMENSIONS) {
    return refusal(400, `Invalid 'dimensions': expected a whole number between 1 and ${MAX_DIMENSIONS}.`, 'dimensions', behaviour.firstMs);
  }
  const encode = (vector: Float32Array) => (body['encoding_format'] === 'base64' ? Buffer.from(vector.buffer).toString('base64') : Array.from(vector, (value) => Number(value.toPrecision(8))));
  const tokens = inputs.reduce((sum, input) => sum + input.tokens, 0);
  const usage = behaviour.fault?.kind === 'no-usage' ? undefined : behaviour.fault?.kind === 'absurd-usage' ? { prompt_tokens: -1, total_tokens: 9e15 } : { prompt_tokens: tokens, total_tokens: tokens };
  const data = inputs.map(({ text }, index) => ({ object: 'embedding', index, embedding: encode(vectorOf(text, dimensions)) }));
  return wholeBody(Buffer.from(JSON.stringify({ object: 'list', data, model: call.model, usage })), behaviour.firstMs, behaviour.fault);
}
