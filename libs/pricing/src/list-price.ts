import type { NanoUsd } from '@higress/kernel';

/** What a provider publishes that a model costs. Nano-USD per million tokens; per request, image, second, character and search in nano-USD. Null: not known, which is never zero. */
export interface ListPrice {
  readonly provider: string;
  /** As the provider names it. */
  readonly model: string;
  readonly input: NanoUsd | null;
  readonly output: NanoUsd | null;
  /** Null: as the input. */
  readonly cachedInput: NanoUsd | null;
  /** Null: as the input. */
  readonly cacheWrite: NanoUsd | null;
  /** Null: as the output. */
  readonly reasoning: NanoUsd | null;
  readonly perRequest: NanoUsd | null;
  readonly perImage: NanoUsd | null;
  readonly perSecond: NanoUsd | null;
  readonly perCharacter: NanoUsd | null;
  readonly perSearch: NanoUsd | null;
  /** Null: as the cache write. */
  readonly longCacheWrite: NanoUsd | null;
  /** Null: as the input, the output. */
  readonly audioInput: NanoUsd | null;
  readonly audioOutput: NanoUsd | null;
  readonly imageInput: NanoUsd | null;
  readonly imageOutput: NanoUsd | null;
}
