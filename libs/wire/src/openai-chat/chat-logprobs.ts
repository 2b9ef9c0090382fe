import type { TokenLogprob } from '@higress/kernel';
import { isObject, type Json } from '../canonical/fields';
import { listIn, numberIn, objectIn, textIn } from '../canonical/loose';

export function readLogprobs(value: unknown): TokenLogprob[] {
  return listIn(objectIn(value).content).filter(isObject).map(readToken);
}

function readToken(told: Json): TokenLogprob {
  const top = listIn(told.top_logprobs).filter(isObject).map(readToken);
  return { token: textIn(told.token) ?? '', logprob: numberIn(told.logprob) ?? 0, ...(Array.isArray(told.bytes) ? { bytes: told.bytes as number[] } : {}), ...(top.length > 0 ? { top } : {}) };
}

export function writeLogprobs(tokens: readonly TokenLogprob[]): Json {
  return { content: tokens.map((token) => ({ ...writeToken(token), top_logprobs: (token.top ?? []).map(writeToken) })), refusal: null };
}

function writeToken({ token, logprob, bytes }: TokenLogprob): Json {
  return { token, logprob, bytes: bytes ?? Array.from(Buffer.from(token)) };
}
