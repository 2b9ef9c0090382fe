/** What an image, a sound or a file counts for where only its bytes are known: a large image in OpenAI's high detail. */
export const MEDIA_TOKENS = 1_105;
/** Role, separators and the start of a message, as OpenAI counts them, rounded up. */
export const TOKENS_PER_OBJECT = 4;
const SPACE = 32;

/**
 * Estimates the tokens of a text without a vocabulary, in one pass: four letters or three digits to a token, one for every sign and
 * for a space before a number, one for every character beyond Latin. Meant to be at or above what byte-pair vocabularies of today's models give for prose,
 * code and CJK text, because holds and limits are reserved from it; the spec shows by how much.
 */
export function estimateTokens(text: string): number {
  let tokens = text === '' ? 0 : 1;
  let letters = 0;
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90)) {
      letters++;
      digits = 0;
      continue;
    }
    if (letters > 0) {
      tokens += (letters + 3) >> 2;
      letters = 0;
    }
    if (code >= 48 && code <= 57) {
      if (digits % 3 === 0) tokens += digits === 0 && i > 0 && text.charCodeAt(i - 1) === SPACE ? 2 : 1;
      digits++;
      continue;
    }
    digits = 0;
    if (code !== SPACE) tokens += 1;
  }
  return tokens + ((letters + 3) >> 2);
}

/** Estimates a prompt from its parsed JSON: messages, tools, schemas, whatever their shape. Data URLs count as media, not as text. */
export function estimatePromptTokens(value: unknown): number {
  if (typeof value === 'string') return value.startsWith('data:') ? MEDIA_TOKENS : estimateTokens(value);
  if (Array.isArray(value)) {
    let tokens = 0;
    for (const item of value) tokens += estimatePromptTokens(item);
    return tokens;
  }
  if (typeof value === 'object' && value !== null) {
    let tokens = TOKENS_PER_OBJECT;
    const fields = value as Record<string, unknown>;
    for (const key in fields) {
      if (key === 'image_url' || key === 'input_audio' || key === 'file') tokens += MEDIA_TOKENS;
      else tokens += estimatePromptTokens(fields[key]);
    }
    return tokens;
  }
  return typeof value === 'number' || typeof value === 'boolean' ? 1 : 0;
}
