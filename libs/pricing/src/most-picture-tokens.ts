/** Tokens of one picture at most, as the providers document them: where it is to be seen roughly, and else. */
const FAMILIES: readonly { readonly name: RegExp; readonly low: number; readonly most: number }[] = [
  // A base and a price for each of at most eight tiles of 512 points.
  { name: /gpt-4o-mini/i, low: 2_833, most: 48_169 },
  // At most 1,536 patches, times a factor of each model.
  { name: /gpt-(?:4\.1|5)[\w.]*-nano/i, low: 3_779, most: 3_779 },
  { name: /o4-mini/i, low: 2_642, most: 2_642 },
  { name: /gpt-(?:4\.1|5)[\w.]*-mini/i, low: 2_489, most: 2_489 },
  { name: /gpt-4|gpt-5|chatgpt|\bo[13]\b/i, low: 85, most: 1_445 },
  { name: /claude/i, low: 1_640, most: 1_640 },
  // At most sixteen tiles of 258 tokens.
  { name: /gemini|gemma/i, low: 4_128, most: 4_128 },
];
/** What no known model counts more for, but the one that says so of itself. */
const UNKNOWN = 4_128;

/** The most tokens that a model counts for one picture whose size is not known. */
export function mostPictureTokens(model: string, isLow: boolean): number {
  const family = FAMILIES.find(({ name }) => name.test(model));
  return family ? family[isLow ? 'low' : 'most'] : UNKNOWN;
}
