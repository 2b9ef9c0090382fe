/** Documents in one search, and tokens of question and document in one that counts as one; Cohere's way of counting, which others share. */
const DOCUMENTS = 100;
const TOKENS = 500;
/** A question as long as the window leaves a document so much of it. */
const LEAST_TOKENS = 50;

/** How many searches a question to some documents counts as: a long document is several. At least 1. */
export function countSearches(queryTokens: number, documentTokens: readonly number[]): number {
  const room = Math.max(LEAST_TOKENS, TOKENS - queryTokens);
  const pieces = documentTokens.reduce((sum, tokens) => sum + Math.max(1, Math.ceil(tokens / room)), 0);
  return Math.max(1, Math.ceil(pieces / DOCUMENTS));
}
