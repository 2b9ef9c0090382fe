import type { MediaPrice, NanoUsd, Units } from '@higress/kernel';

const MS_PER_SECOND = 1000n;

/** What a call costs by what is counted of it; null where the price names no such unit. Rounds up. */
export function priceUnits({ perImage, perSecond, perCharacter, perSearch }: MediaPrice, { images, audioMs, characters, searches }: Units): NanoUsd | null {
  if (images && perImage !== undefined) return BigInt(images) * perImage;
  if (characters && perCharacter !== undefined) return BigInt(characters) * perCharacter;
  if (audioMs && perSecond !== undefined) return (BigInt(Math.ceil(audioMs)) * perSecond + MS_PER_SECOND - 1n) / MS_PER_SECOND;
  if (searches && perSearch !== undefined) return BigInt(searches) * perSearch;
  return null;
}
