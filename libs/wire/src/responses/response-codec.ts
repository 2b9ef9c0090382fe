import type { ClientCodec, EventCodec } from '../canonical/dialect-codec';
import { decodeResponseRequest } from './decode-response-request';
import { encodeResponseRequest } from './encode-response-request';
import { decodeResponseAnswer, encodeResponseAnswer } from './response-answer';
import { ResponseStreamDecoder } from './response-stream-decoder';
import { ResponseStreamEncoder } from './response-stream-encoder';
import { retellEvent } from './told-response';

/** OpenAI's Responses, as clients speak it. */
export const responseClient: ClientCodec = { decodeRequest: decodeResponseRequest, encodeAnswer: encodeResponseAnswer, streamEncoder: (target) => new ResponseStreamEncoder(target), retell: retellEvent };

/** The same as a provider speaks it. */
export const responseProvider: EventCodec = { encodeRequest: encodeResponseRequest, decodeAnswer: decodeResponseAnswer, streamDecoder: () => new ResponseStreamDecoder() };
