import type { TokenLogprob } from '@higress/kernel';
import { isObject, type Json } from '../canonical/fields';
import { listIn, numberIn, objectIn, textIn } from '../canonical/loose';

const readOne = (told: Json): TokenLogprob => ({ token: textIn(told.token) ?? '', logprob: numberIn(told.logProbability) ?? 0 });
const writeOne = ({ token, logprob }: TokenLogprob): Json => ({ token, logProbability: logprob });

export function readGenerateLogprobs(value: unknown): TokenLogprob[] {
  const told = objectIn(value);
  const tops = listIn(told.topCandidates);
  return listIn(told.chosenCandidates).filter(isObject).map((chosen, i) => {
    const top = listIn(objectIn(tops[i]).candidates).filter(isObject).map(readOne);
    return { ...readOne(chosen), ...(top.length > 0 ? { top } : {}) };
  });
}

export function writeGenerateLogprobs(tokens: readonly TokenLogprob[]): Json {
  return { chosenCandidates: tokens.map(writeOne), topCandidates: tokens.map(({ top }) => ({ candidates: (top ?? []).map(writeOne) })) };
}
