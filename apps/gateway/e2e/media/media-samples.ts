import { toFile } from 'openai';

/** The beginning of a PNG, in base64. */
export const PICTURE = 'iVBORw0KGgo=';

/** What a provider of OpenAI's form answers with so many pictures. */
export const images = (count: number, usage?: object) => ({ created: 1_764_000_000, data: Array.from({ length: count }, () => ({ b64_json: PICTURE })), ...(usage && { usage }) });

export const anImageUsage = { input_tokens: 50, output_tokens: 1_056, total_tokens: 1_106, input_tokens_details: { text_tokens: 10, image_tokens: 40 } };

/** A stream of these events. */
export const events = (...all: object[]) => ({ body: all.map((event) => `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`).join(''), headers: { 'content-type': 'text/event-stream; charset=utf-8' } });

export const sound = (more: object = {}) => ({ body: Buffer.alloc(4_000, 0x55), headers: { 'content-type': 'audio/mpeg' }, ...more });

/** Two seconds of silence at 8 kHz. */
export function silence(): Buffer {
  const wav = Buffer.alloc(44 + 32_000);
  wav.write('RIFF');
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(8_000, 24);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  return wav;
}

export const aFile = () => toFile(silence(), 'silence.wav', { type: 'audio/wav' });

/** What the SDK threw. */
export async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
