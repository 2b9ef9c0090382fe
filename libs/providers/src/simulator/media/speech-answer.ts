import type { Behaviour } from '../behaviour';
import { hashOf } from '../hash';
import { EVENT_HEADERS, refusal, type SimulatedAnswer } from '../simulated-answer';
import type { Simulation } from '../simulation';
import { countTokens } from '../tokens';
import { inPieces, mediaEvent } from './in-pieces';
import { soundOf } from './sound';

const MOST_CHARACTERS = 4_096;
const TOKENS_PER_PIECE = 2;

/** Sound as long as its text: tones as `wav` and `pcm`, silence as `mp3`. As events with `stream_format: sse`. */
export function speechAnswer({ body }: Simulation, behaviour: Behaviour): SimulatedAnswer {
  const { input, voice, response_format: format = 'mp3', stream_format: streamFormat } = (typeof body === 'object' && body !== null ? body : {}) as Readonly<Record<string, unknown>>;
  if (typeof input !== 'string' || input === '' || input.length > MOST_CHARACTERS) return refusal(400, `Invalid 'input': expected a text of at most ${MOST_CHARACTERS} characters.`, 'input', behaviour.firstMs);
  if (typeof voice !== 'string' && typeof voice !== 'object') return refusal(400, "Missing required parameter: 'voice'.", 'voice', behaviour.firstMs);
  const sound = soundOf(String(format), input.length, hashOf(input));
  if (!sound) return refusal(400, `Invalid 'response_format': the simulator speaks mp3, wav and pcm.`, 'response_format', behaviour.firstMs);
  if (streamFormat !== 'sse') return { status: 200, headers: { 'content-type': sound.type, 'openai-version': '2020-10-01' }, steps: inPieces(sound.pieces, [], behaviour) };
  const [read, made] = [countTokens(input), sound.pieces.length * TOKENS_PER_PIECE];
  const usage = behaviour.fault?.kind === 'no-usage' ? undefined : { input_tokens: read, output_tokens: made, total_tokens: read + made };
  const deltas = sound.pieces.map((piece) => mediaEvent({ type: 'speech.audio.delta', audio: piece.toString('base64') }));
  return { status: 200, headers: EVENT_HEADERS, steps: inPieces(deltas, [mediaEvent({ type: 'speech.audio.done', usage })], behaviour) };
}
