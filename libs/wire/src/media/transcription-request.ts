import type { CompletionRequest } from '@higress/kernel';
import { estimateTokens } from '@higress/pricing';
import { Fields } from '../canonical/fields';
import { invalid, readModel } from '../chat-request';
import type { FormFields } from './form-fields';
import { mostSoundMs, usualSoundMs } from './sound-length';

/** What of a form is read, beside its file. */
export const TRANSCRIPTION_FIELDS = ['model', 'file', 'stream', 'response_format', 'prompt', 'language'];
export const TRANSCRIPTION_FLAGS = ['stream'];
const TOKENS_PER_SECOND = 20;
/** Nobody speaks faster; and a word for silence. */
const SPOKEN_TOKENS_PER_SECOND = 8;
const LEAST_SPOKEN_TOKENS = 64;
const MS_PER_SECOND = 1000;

/** What is to be heard. */
export interface TranscriptionRequest extends CompletionRequest {
  /** `json` unless the client wants another one. */
  readonly format: string;
  /** How long the sound is, as its file tells or its size lets expect. */
  readonly usualMs: number;
}

/**
 * What the gateway reads of OpenAI's `audio/transcriptions` and `audio/translations`.
 * @param mayStream whether the endpoint knows streams: where it does not, the wish is nobody's
 * @throws DomainError INVALID_REQUEST with the field at fault
 */
export function readTranscriptionRequest(form: FormFields, mayStream: boolean): TranscriptionRequest {
  const fields = new Fields(form.values([], TRANSCRIPTION_FLAGS));
  const model = readModel(fields.value);
  const [file, ...others] = form.files('file');
  if (!file || others.length > 0) throw invalid('file', 'is required, and must be one file');
  const usualMs = usualSoundMs(file);
  const seconds = Math.ceil(usualMs / MS_PER_SECOND);
  return {
    model,
    stream: mayStream && (fields.flag('stream') ?? false),
    includeUsage: false,
    maxOutputTokens: seconds * SPOKEN_TOKENS_PER_SECOND + LEAST_SPOKEN_TOKENS,
    choices: 1,
    estimatedInputTokens: seconds * TOKENS_PER_SECOND + estimateTokens(fields.text('prompt') ?? ''),
    units: { audioMs: mostSoundMs(file) },
    format: fields.text('response_format') ?? 'json',
    usualMs,
  };
}
