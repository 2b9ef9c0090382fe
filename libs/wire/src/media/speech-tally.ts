import type { Usage } from '@higress/kernel';
import type { Json } from '../canonical/fields';
import { countMedia } from './count-media';
import type { MediaTally } from './media-tally';
import { readMediaUsage } from './media-usage';
import type { SpeechRequest } from './speech-request';

/** Characters that are spoken: all of them as soon as there is sound, because a provider asks for all of them. */
export class SpeechTally implements MediaTally {
  private told: Usage | null = null;

  /** @param byUnit whether the price counts characters */
  constructor(
    private readonly request: SpeechRequest,
    private readonly byUnit: boolean,
  ) {}

  get usage(): Usage {
    const { units = {}, estimatedInputTokens: inputTokens, usualOutputTokens: outputTokens } = this.request;
    return countMedia({ told: this.told, units, ours: this.byUnit ? null : { inputTokens, outputTokens, audioOutputTokens: outputTokens } });
  }

  note({ type, usage }: Json): boolean {
    if (type === 'speech.audio.delta') return true;
    const told = readMediaUsage(usage);
    if (told) this.told = { audioOutputTokens: told.outputTokens, ...told };
    return type === 'speech.audio.done';
  }
}
