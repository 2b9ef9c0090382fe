import { DomainError } from '@higress/kernel';
import type { EmbeddingsAsked } from '@higress/wire';

/** More calls for one request than these would hold up everybody else's. */
const MOST_CALLS = 128;

/**
 * The texts of a request, as many at once as the provider takes.
 * @throws DomainError UNSUPPORTED_PARAMETER for tokens, which only the vocabulary they are of can read, and for more texts than are worth the calls
 */
export function textsInParts({ inputs }: EmbeddingsAsked, most: number): readonly [readonly string[], ...(readonly string[])[]] {
  const texts = inputs.map((one) => (typeof one === 'string' ? one : refuse('holds tokens, and the provider of this model reads only texts')));
  if (texts.length > most * MOST_CALLS) refuse(`holds more texts than the ${most * MOST_CALLS} that the provider of this model can be asked for`);
  const rest: string[][] = [];
  for (let at = most; at < texts.length; at += most) rest.push(texts.slice(at, at + most));
  return [texts.slice(0, most), ...rest];
}

function refuse(why: string): never {
  throw new DomainError('UNSUPPORTED_PARAMETER', { message: `'input' ${why}.`, param: 'input' });
}
