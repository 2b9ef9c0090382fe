import type { Endpoint, MediaPrice, Price } from '@higress/kernel';

/** What the calls of an endpoint are counted by, where a price may name that instead of tokens. */
const UNIT_OF: Partial<Record<Endpoint, keyof MediaPrice>> = {
  'images/generations': 'perImage',
  'images/edits': 'perImage',
  'audio/speech': 'perCharacter',
  rerank: 'perSearch',
  'audio/transcriptions': 'perSecond',
  'audio/translations': 'perSecond',
};

/**
 * Whether a price says what a call of this endpoint costs: one that names pictures, seconds, characters or searches alone says nothing of tokens. An unknown
 * price is never zero.
 */
export function isPricedFor({ media, input, output, perRequest }: Price, endpoint: Endpoint): boolean {
  if (media === undefined || input > 0n || output > 0n || perRequest > 0n) return true;
  const unit = UNIT_OF[endpoint];
  return unit !== undefined && media[unit] !== undefined;
}
