import { NO_USAGE, type Usage } from '@higress/kernel';
import { objectIn } from '../canonical/loose';
import { countIn, isCount } from '../canonical/usage-count';

const MS_PER_SECOND = 1000;
/** A day: no provider hears longer ones, and none has pieces of them to sell. */
const ABSURD_SECONDS = 86_400;

/** `usage` of images and sound in OpenAI's form, its tokens told apart; null where it tells none that can be true. */
export function readMediaUsage(value: unknown): Usage | null {
  const told = objectIn(value);
  const { input_tokens: input, output_tokens: output } = told;
  if (!isCount(input) || !isCount(output)) return null;
  const read = objectIn(told.input_tokens_details ?? told.input_token_details);
  const made = objectIn(told.output_tokens_details ?? told.output_token_details);
  const part = (name: string, tokens: unknown, whole: number) => (countIn(tokens) > 0 ? { [name]: Math.min(countIn(tokens), whole) } : {});
  return {
    ...NO_USAGE,
    inputTokens: input,
    cachedInputTokens: Math.min(countIn(read.cached_tokens), input),
    outputTokens: output,
    ...part('audioInputTokens', read.audio_tokens, input),
    ...part('imageInputTokens', read.image_tokens, input),
    ...part('audioOutputTokens', made.audio_tokens, output),
    ...part('imageOutputTokens', made.image_tokens, output),
  };
}

/** How long the sound was, as its provider tells: in the usage, or beside the words. Null where it does not. */
export function readSoundMs(answer: unknown): number | null {
  const { usage, duration } = objectIn(answer);
  const { type, seconds } = objectIn(usage);
  const told = type === 'duration' ? seconds : duration;
  const length = typeof told === 'string' ? Number(told) : told;
  return typeof length === 'number' && length > 0 && length <= ABSURD_SECONDS ? Math.ceil(length * MS_PER_SECOND) : null;
}
