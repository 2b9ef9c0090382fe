const LONGEST_WORD = 6;

function isVisibleAscii(code: number): boolean {
  return code > 32 && code < 127;
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 9 || code === 13;
}

function isBeyondAscii(code: number): boolean {
  return code > 127;
}

/**
 * Where the token that begins at `from` ends: one white space and up to six visible ASCII characters, or up to two
 * characters beyond ASCII, or one of anything else. English comes out near 1.25 tokens a word, as in real tokenisers.
 */
function tokenEnd(text: string, from: number): number {
  let end = isSpace(text.charCodeAt(from)) ? from + 1 : from;
  const word = end;
  while (end - word < LONGEST_WORD && isVisibleAscii(text.charCodeAt(end))) end++;
  if (end > from) return end;
  for (let characters = 0; characters < 2 && isBeyondAscii(text.charCodeAt(end)); characters++) end += (text.codePointAt(end) as number) > 0xffff ? 2 : 1;
  return Math.max(end, from + 1);
}

/** The simulator's tokens of a text. Joined they are the text again, so what it counts is what it sends. */
export function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  for (let at = 0; at < text.length; ) {
    const end = tokenEnd(text, at);
    tokens.push(text.slice(at, end));
    at = end;
  }
  return tokens;
}

/** How many tokens {@link tokensOf} would give, without making them. */
export function countTokens(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; count++) at = tokenEnd(text, at);
  return count;
}
