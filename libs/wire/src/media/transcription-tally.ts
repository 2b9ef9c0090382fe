import { DomainError, type Usage } from '@higress/kernel';
import { estimateTokens } from '@higress/pricing';
import type { Json } from '../canonical/fields';
import { countMedia } from './count-media';
import type { MediaTally } from './media-tally';
import { readMediaUsage, readSoundMs } from './media-usage';
import { subtitleMs } from './subtitle-length';
import type { TranscriptionRequest } from './transcription-request';

const MS_PER_SECOND = 1000;
/** Nobody speaks faster: where the file seems shorter than what was said in it, its head was no measure. */
const MOST_LETTERS_PER_SECOND = 30;

/** Seconds that were heard: as the provider tells, else as the file does, and never less than it takes to say what was heard. */
export class TranscriptionTally implements MediaTally {
  private told: Usage | null = null;
  private toldMs: number | null = null;
  private leastMs = 0;
  private text = '';

  /** @param byUnit whether the price counts seconds */
  constructor(
    private readonly request: TranscriptionRequest,
    private readonly byUnit: boolean,
  ) {}

  get usage(): Usage {
    const { units: most = {}, estimatedInputTokens: inputTokens, usualMs } = this.request;
    const saidMs = Math.ceil((this.text.length * MS_PER_SECOND) / MOST_LETTERS_PER_SECOND);
    const { audioMs: mostMs = usualMs } = most;
    // More than the file can hold is a fault of the provider's, not a bill.
    const audioMs = Math.min(this.toldMs ?? Math.max(usualMs, this.leastMs, saidMs), mostMs);
    const ours = this.byUnit ? null : { inputTokens, audioInputTokens: inputTokens, outputTokens: estimateTokens(this.text) };
    return countMedia({ told: this.told, units: { audioMs }, isGuess: this.toldMs === null || this.toldMs > mostMs, ours });
  }

  /** A whole answer of JSON. @throws DomainError UPSTREAM_INVALID_RESPONSE */
  whole(answer: Json): void {
    if (typeof answer.text !== 'string') throw new DomainError('UPSTREAM_INVALID_RESPONSE');
    this.text = answer.text;
    this.read(answer);
  }

  /** A whole answer of text or subtitles. */
  wholeText(text: string): void {
    this.text = text;
    this.leastMs = subtitleMs(text);
  }

  note(event: Json): boolean {
    const { type, delta, text } = event;
    if (type === 'transcript.text.delta' && typeof delta === 'string') this.text += delta;
    if (type === 'transcript.text.done') {
      if (typeof text === 'string') this.text = text;
      this.read(event);
    }
    return typeof type === 'string' && type.startsWith('transcript.text.');
  }

  private read(answer: Json): void {
    const told = readMediaUsage(answer.usage);
    if (told) this.told = { audioInputTokens: told.inputTokens, ...told };
    this.toldMs = readSoundMs(answer);
  }
}
