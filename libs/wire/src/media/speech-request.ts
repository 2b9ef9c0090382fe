import type { CompletionRequest } from '@higress/kernel';
import { estimateTokens } from '@higress/pricing';
import { Fields, type Json } from '../canonical/fields';
import { readModel } from '../chat-request';

/** Tokens of sound to a token of text: five are usual, whatever the language, and no voice is half as slow. */
const USUAL_SOUND_TOKENS = 6;
const MOST_SOUND_TOKENS = 12;
/** The silence around the shortest word. */
const LEAST_SOUND_TOKENS = 100;

/** What is to be spoken. */
export interface SpeechRequest extends CompletionRequest {
  /** Whether the sound is wanted as events and not as it is. */
  readonly asEvents: boolean;
  /** Tokens of the sound, where its provider tells none. */
  readonly usualOutputTokens: number;
}

/**
 * What the gateway reads of OpenAI's `audio/speech`. All of it is streamed: sound passes as it is made.
 * @throws DomainError INVALID_REQUEST with the parameter at fault
 */
export function readSpeechRequest(body: Json): SpeechRequest {
  const model = readModel(body);
  const fields = new Fields(body);
  const input = fields.needText('input');
  const tokens = estimateTokens(input);
  return {
    model,
    stream: true,
    includeUsage: false,
    maxOutputTokens: tokens * MOST_SOUND_TOKENS + LEAST_SOUND_TOKENS,
    choices: 1,
    estimatedInputTokens: tokens + estimateTokens(fields.text('instructions') ?? ''),
    units: { characters: charactersOf(input) },
    asEvents: fields.text('stream_format') === 'sse',
    usualOutputTokens: tokens * USUAL_SOUND_TOKENS,
  };
}

/** Characters and not the halves that some of them are made of. */
function charactersOf(text: string): number {
  let halves = 0;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) halves++;
  return text.length - halves;
}
