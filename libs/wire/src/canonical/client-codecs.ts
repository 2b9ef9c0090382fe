import type { ClientDialect } from '@higress/kernel';
import { messagesClient, messagesProvider } from '../anthropic/messages-codec';
import { generateClient, generateProvider } from '../gemini/generate-codec';
import { chatClient, chatProvider } from '../openai-chat/chat-codec';
import { responseClient, responseProvider } from '../responses/response-codec';
import type { ClientCodec, EventCodec } from './dialect-codec';

/** How each dialect's clients are spoken to. */
export const CLIENT_CODECS: Readonly<Record<ClientDialect, ClientCodec>> = { openai: chatClient, responses: responseClient, anthropic: messagesClient, gemini: generateClient };

/** How answers in a dialect are read that pass through. */
export const PASSING_CODECS: Readonly<Record<ClientDialect, EventCodec>> = { openai: chatProvider(), responses: responseProvider, anthropic: messagesProvider, gemini: generateProvider };
