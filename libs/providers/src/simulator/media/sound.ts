import { numbersFrom } from '../hash';

const RATE = 24_000;
const MS_PER_CHARACTER = 20;
const MOST_MS = 10_000;
const TONE_MS = 100;
const LOUDNESS = 4_000;
/** A silent MP3 frame: 128 kbit/s at 44.1 kHz, 1152 samples. */
const FRAME_BYTES = 417;
const FRAME_MS = 1152 / 44.1;
const FRAME_HEAD = 0xfffb9064;

/** How the simulator speaks: tones that depend on the seed, as long as the text is. `mp3` is silence of that length. Null for what it does not write. */
export function soundOf(format: string, characters: number, seed: number): { readonly type: string; readonly pieces: readonly Buffer[] } | null {
  const ms = Math.min(Math.max(characters * MS_PER_CHARACTER, TONE_MS), MOST_MS);
  if (format === 'mp3') return { type: 'audio/mpeg', pieces: Array.from({ length: Math.ceil(ms / FRAME_MS) }, mp3Frame) };
  const tones = tonesOf(ms, seed);
  if (format === 'pcm') return { type: 'audio/pcm', pieces: tones };
  return format === 'wav' ? { type: 'audio/wav', pieces: [wavHead(tones.reduce((sum, { length }) => sum + length, 0)), ...tones] } : null;
}

function tonesOf(ms: number, seed: number): Buffer[] {
  const next = numbersFrom(seed);
  return Array.from({ length: Math.ceil(ms / TONE_MS) }, () => {
    const hertz = 200 + Math.floor(next() * 400);
    const samples = (RATE * TONE_MS) / 1000;
    const tone = Buffer.alloc(samples * 2);
    for (let i = 0; i < samples; i++) tone.writeInt16LE(Math.round(Math.sin((2 * Math.PI * hertz * i) / RATE) * LOUDNESS), i * 2);
    return tone;
  });
}

function wavHead(bytes: number): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF');
  head.writeUInt32LE(bytes + 36, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(bytes, 40);
  return head;
}

function mp3Frame(): Buffer {
  const frame = Buffer.alloc(FRAME_BYTES);
  frame.writeUInt32BE(FRAME_HEAD);
  return frame;
}
