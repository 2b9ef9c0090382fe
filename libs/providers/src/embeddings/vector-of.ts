import { DomainError } from '@higress/kernel';
import { type EmbeddingsAsked, type Json, listIn } from '@higress/wire';

/** A vector as a provider tells it. @throws DomainError UPSTREAM_INVALID_RESPONSE for what is none */
export function vectorOf(value: unknown): readonly number[] {
  if (!Array.isArray(value) || value.length === 0 || !value.every((one) => typeof one === 'number')) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
  return value;
}

/**
 * The vectors of all answers, one for each input.
 * @param listOf where the list of an answer is
 * @throws DomainError UPSTREAM_INVALID_RESPONSE for more or fewer
 */
export function vectorsOf(answers: readonly Json[], { inputs }: EmbeddingsAsked, listOf: (answer: Json) => unknown, vectorIn: (item: unknown) => unknown = (item) => item): readonly (readonly number[])[] {
  const vectors = answers.flatMap((answer) => listIn(listOf(answer)).map((item) => vectorOf(vectorIn(item))));
  if (vectors.length !== inputs.length) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
  return vectors;
}
