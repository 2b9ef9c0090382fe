import type { MediaPrice, NanoUsd, Price } from '@higress/kernel';

/** The parts of a price and their columns. */
export const PRICE_PARTS = {
  input: 'input', output: 'output', cachedInput: 'cached_input', cacheWrite: 'cache_write', reasoning: 'reasoning', perRequest: 'per_request', longCacheWrite: 'long_cache_write',
  audioInput: 'audio_input', audioOutput: 'audio_output', imageInput: 'image_input', imageOutput: 'image_output', perImage: 'per_image', perSecond: 'per_second', perCharacter: 'per_character', perSearch: 'per_search',
} as const;
export type PricePart = keyof typeof PRICE_PARTS;

/** The parts as Postgres tells them: nano-USD as texts, which no JSON reader rounds; null or absent where a part has no price. */
export type PriceTexts = { readonly [part in PricePart]?: string | null };

const MEDIA = ['audioInput', 'audioOutput', 'imageInput', 'imageOutput', 'perImage', 'perSecond', 'perCharacter', 'perSearch'] as const satisfies readonly (PricePart & keyof MediaPrice)[];
const UNITS = ['perImage', 'perSecond', 'perCharacter', 'perSearch'] as const;

/** A list of all columns of a price, each as `as` writes one. */
export function eachPricePart(as: (column: string, part: PricePart) => string): string {
  return Object.entries(PRICE_PARTS)
    .map(([part, column]) => as(column, part as PricePart))
    .join(', ');
}

/**
 * A price for calls; a part without a price of its own costs what its whole costs. Where only the sound or the pictures of a side have a price, all of
 * that side costs as much. Null where nothing in it tells what a call costs.
 */
export function toPrice(texts: PriceTexts): Price | null {
  const of = (part: PricePart): NanoUsd | undefined => (texts[part] === undefined || texts[part] === null ? undefined : BigInt(texts[part]));
  const input = of('input') ?? dearest(of('audioInput'), of('imageInput'));
  const output = of('output') ?? dearest(of('audioOutput'), of('imageOutput'));
  const named = MEDIA.flatMap((part) => (of(part) === undefined ? [] : [[part, of(part)] as const]));
  const byTokens = input !== undefined && output !== undefined;
  if (!byTokens && !named.some(([part]) => UNITS.some((unit) => unit === part))) return null;
  const [read, written] = byTokens ? [input, output] : [0n, 0n];
  const longCacheWrite = of('longCacheWrite');
  return {
    input: read, output: written, cachedInput: (byTokens ? of('cachedInput') : 0n) ?? read, cacheWrite: (byTokens ? of('cacheWrite') : 0n) ?? read, reasoning: (byTokens ? of('reasoning') : 0n) ?? written, perRequest: of('perRequest') ?? 0n,
    ...(longCacheWrite !== undefined && { longCacheWrite }),
    ...(named.length > 0 && { media: Object.fromEntries(named) as MediaPrice }),
  };
}

function dearest(one: NanoUsd | undefined, other: NanoUsd | undefined): NanoUsd | undefined {
  return one !== undefined && (other === undefined || one > other) ? one : other;
}
