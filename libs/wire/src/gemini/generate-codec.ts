import type { ClientCodec, EventCodec } from '../canonical/dialect-codec';
import { decodeGenerateRequest } from './decode-generate-request';
import { encodeGenerateRequest, type GenerateQuirks } from './encode-generate-request';
import { decodeGenerateAnswer, encodeGenerateAnswer } from './generate-answer';
import { GenerateStreamDecoder } from './generate-stream-decoder';
import { GenerateStreamEncoder } from './generate-stream-encoder';

/** Gemini's generateContent, as clients speak it. */
export const generateClient: ClientCodec = { decodeRequest: decodeGenerateRequest, encodeAnswer: encodeGenerateAnswer, streamEncoder: (target) => new GenerateStreamEncoder(target) };

/** The same as a provider speaks it, its stream as server-sent events. */
export const generateProvider: EventCodec = provider({ fileNames: true });

/** The same at Google's Gemini API, which refuses a file that has a name. */
export const geminiApiProvider: EventCodec = provider({ fileNames: false });

function provider(quirks: GenerateQuirks): EventCodec {
  return { encodeRequest: (request, target) => encodeGenerateRequest(request, target, quirks), decodeAnswer: decodeGenerateAnswer, streamDecoder: () => new GenerateStreamDecoder() };
}
