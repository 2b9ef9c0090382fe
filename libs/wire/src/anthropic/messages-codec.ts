import type { ClientCodec, EventCodec } from '../canonical/dialect-codec';
import { decodeMessagesRequest } from './decode-messages-request';
import { encodeMessagesRequest } from './encode-messages-request';
import { decodeMessagesAnswer, encodeMessagesAnswer } from './messages-answer';
import { MessagesStreamDecoder } from './messages-stream-decoder';
import { MessagesStreamEncoder } from './messages-stream-encoder';

/** Anthropic's Messages, as clients speak it. */
export const messagesClient: ClientCodec = { decodeRequest: decodeMessagesRequest, encodeAnswer: encodeMessagesAnswer, streamEncoder: (target) => new MessagesStreamEncoder(target) };

/** The same as a provider speaks it. */
export const messagesProvider: EventCodec = { encodeRequest: encodeMessagesRequest, decodeAnswer: decodeMessagesAnswer, streamDecoder: () => new MessagesStreamDecoder() };
