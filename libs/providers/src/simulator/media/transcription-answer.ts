import { usualSoundMs } from '@higress/wire';
import type { Behaviour } from '../behaviour';
import { hashOf } from '../hash';
import { EVENT_HEADERS, JSON_HEADERS, refusal, type SimulatedAnswer } from '../simulated-answer';
import type { Simulation } from '../simulation';
import { tokensOf } from '../tokens';
import { wholeBody } from '../whole-body';
import { inPieces, mediaEvent } from './in-pieces';

const MS_PER_SECOND = 1000;

/** Words about the file that came, in the form that was asked for. It hears nothing: it measures. */
export function transcriptionAnswer({ body, endpoint }: Simulation, behaviour: Behaviour): SimulatedAnswer {
  const { files = [], response_format: format = 'json', stream, language } = (typeof body === 'object' && body !== null ? body : {}) as Readonly<Record<string, unknown>>;
  const [file] = files as Buffer[];
  if (!file || file.length === 0) return refusal(400, "Missing required parameter: 'file'.", 'file', behaviour.firstMs);
  const seconds = Math.max(usualSoundMs(file) / MS_PER_SECOND, 0.001);
  const text = `This is the simulator of the gateway; nobody listened. It was given ${file.length} bytes, whose hash is ${hashOf(file.toString('latin1'))}.`;
  const usage = behaviour.fault?.kind === 'no-usage' ? undefined : { type: 'duration', seconds: Math.ceil(seconds) };
  if (stream === true && endpoint === 'audio/transcriptions') {
    const deltas = tokensOf(text).map((delta) => mediaEvent({ type: 'transcript.text.delta', delta }));
    return { status: 200, headers: EVENT_HEADERS, steps: inPieces(deltas, [mediaEvent({ type: 'transcript.text.done', text, usage })], behaviour) };
  }
  const plain = (words: string): SimulatedAnswer => ({ ...wholeBody(Buffer.from(words), behaviour.firstMs, behaviour.fault), headers: { ...JSON_HEADERS, 'content-type': 'text/plain; charset=utf-8' } });
  switch (format) {
    case 'json': return wholeBody(Buffer.from(JSON.stringify({ text, usage })), behaviour.firstMs, behaviour.fault);
    case 'verbose_json': return wholeBody(Buffer.from(JSON.stringify({ task: endpoint === 'audio/translations' ? 'translate' : 'transcribe', language: language ?? 'english', duration: seconds, text, segments: [{ id: 0, start: 0, end: seconds, text }], usage })), behaviour.firstMs, behaviour.fault);
    case 'text': return plain(`${text}\n`);
    case 'srt': return plain(`1\n00:00:00,000 --> ${clock(seconds, ',')}\n${text}\n\n`);
    case 'vtt': return plain(`WEBVTT\n\n00:00:00.000 --> ${clock(seconds, '.')}\n${text}\n\n`);
    default: return refusal(400, "Invalid 'response_format': expected one of json, text, srt, verbose_json, vtt.", 'response_format', behaviour.firstMs);
  }
}

function clock(seconds: number, mark: string): string {
  const of = (value: number, digits = 2) => String(Math.floor(value)).padStart(digits, '0');
  return `${of(seconds / 3600)}:${of((seconds / 60) % 60)}:${of(seconds % 60)}${mark}${of((seconds % 1) * MS_PER_SECOND, 3)}`;
}
