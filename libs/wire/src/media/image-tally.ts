import { type CompletionRequest, DomainError, type Usage } from '@higress/kernel';
import type { Json } from '../canonical/fields';
import { countMedia } from './count-media';
import type { MediaTally } from './media-tally';
import { readMediaUsage } from './media-usage';
import { sumUsage } from './sum-usage';

/** Pictures that an answer has, or a stream has brought so far. One that was shown while it was made counts, whether it was finished or not: its provider has made it. */
export class ImageTally implements MediaTally {
  private images = 0;
  private isBegun = false;
  private told: Usage | null = null;

  /** @param byUnit whether the price counts pictures */
  constructor(
    private readonly request: CompletionRequest,
    private readonly byUnit: boolean,
  ) {}

  get usage(): Usage {
    const { choices, estimatedInputTokens: inputTokens, maxOutputTokens } = this.request;
    const images = Math.min(this.images + (this.isBegun ? 1 : 0), choices);
    const outputTokens = images * (maxOutputTokens ?? 0);
    return countMedia({ told: this.isBegun ? null : this.told, units: { images }, ours: this.byUnit ? null : { inputTokens, outputTokens, imageOutputTokens: outputTokens } });
  }

  /** A whole answer. @throws DomainError UPSTREAM_INVALID_RESPONSE */
  whole({ data, usage }: Json): void {
    if (!Array.isArray(data) || data.length === 0) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
    this.images = data.length;
    this.told = pictured(readMediaUsage(usage));
  }

  /** Pictures that a translation brought. */
  made(images: number, told: Usage | null): void {
    this.images = images;
    this.told = told;
  }

  note({ type, usage }: Json): boolean {
    if (typeof type !== 'string' || !/^image_(?:generation|edit)\./.test(type)) return false;
    this.isBegun = !type.endsWith('.completed');
    if (this.isBegun) return true;
    this.images++;
    const told = pictured(readMediaUsage(usage));
    this.told = this.images === 1 ? told : sumUsage(this.told, told);
    return true;
  }
}

/** What a model of pictures makes are pictures, unless it tells them apart. */
function pictured(usage: Usage | null): Usage | null {
  return usage && usage.imageOutputTokens === undefined ? { ...usage, imageOutputTokens: usage.outputTokens } : usage;
}
