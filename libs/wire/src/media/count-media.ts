import { NO_USAGE, type Units, type Usage } from '@higress/kernel';

export interface MediaCount {
  /** The provider's own number of tokens; null where it told none. */
  readonly told: Usage | null;
  readonly units: Units;
  /** True where the units are not the provider's word either. */
  readonly isGuess?: boolean;
  /** Our own number of tokens; null where the price counts units and tokens do not matter. */
  readonly ours: Partial<Usage> | null;
}

/** The usage of pictures or sound: tokens as their provider tells, else as we count them, and the units beside them. */
export function countMedia({ told, units, isGuess = false, ours }: MediaCount): Usage {
  if (told) return { ...told, units };
  return ours ? { ...NO_USAGE, ...ours, units, estimated: true } : { ...NO_USAGE, units, estimated: isGuess };
}
