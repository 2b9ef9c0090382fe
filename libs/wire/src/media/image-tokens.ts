/** Tokens of a picture as OpenAI's image models count them, by quality: a square, and the larger of the two oblong ones. */
const TOKENS: Readonly<Record<string, readonly [square: number, oblong: number]>> = { low: [272, 408], medium: [1_056, 1_584], high: [4_160, 6_240] };
const DEAREST = 6_240;

/** The tokens of one picture; where size or quality is left to the model, or not known here, the most that any has. */
export function imageTokens(size: string | undefined, quality: string | undefined): number {
  const known = TOKENS[quality ?? ''];
  if (!known) return DEAREST;
  return size === '1024x1024' ? known[0] : known[1];
}
