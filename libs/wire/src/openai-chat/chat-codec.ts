import type { ClientCodec, EventCodec } from '../canonical/dialect-codec';
import { ALL_OF_CHAT, type ChatQuirks } from './chat-quirks';
import { ChatStreamDecoder } from './chat-stream-decoder';
import { ChatStreamEncoder } from './chat-stream-encoder';
import { decodeChatAnswer } from './decode-chat-answer';
import { decodeChatRequest } from './decode-chat-request';
import { encodeChatAnswer } from './encode-chat-answer';
import { encodeChatRequest } from './encode-chat-request';

/** OpenAI's Chat Completions, as clients speak it. */
export const chatClient: ClientCodec = { decodeRequest: decodeChatRequest, encodeAnswer: encodeChatAnswer, streamEncoder: (target) => new ChatStreamEncoder(target) };

/** The same as a provider speaks it. */
export function chatProvider(quirks: ChatQuirks = ALL_OF_CHAT): EventCodec {
  return { encodeRequest: (request, target) => encodeChatRequest(request, target, quirks), decodeAnswer: decodeChatAnswer, streamDecoder: () => new ChatStreamDecoder() };
}
