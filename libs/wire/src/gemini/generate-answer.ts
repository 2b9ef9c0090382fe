import { type CanonicalAnswer, type CanonicalChoice, DomainError, type Part } from '@higress/kernel';
import type { AnswerTarget } from '../canonical/dialect-codec';
import { Fields, isObject, type Json } from '../canonical/fields';
import { compact, listIn, objectIn, textIn } from '../canonical/loose';
import { NO_CANONICAL_USAGE } from '../canonical/usage-count';
import { CallNames, readPart, writePart } from './content-parts';
import { readGenerateFinish, writeGenerateFinish } from './generate-finish';
import { readGenerateLogprobs, writeGenerateLogprobs } from './generate-logprobs';
import { readGenerateUsage, writeGenerateUsage } from './generate-usage';
import { readGrounding, writeCitationMetadata } from './grounding';

/** @throws DomainError UPSTREAM_INVALID_RESPONSE where it holds neither candidates nor why there are none */
export function decodeGenerateAnswer(body: Json): CanonicalAnswer {
  const blocked = textIn(objectIn(body.promptFeedback).blockReason);
  if (!Array.isArray(body.candidates) && !blocked) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
  const names = new CallNames();
  const choices = listIn(body.candidates).filter(isObject).map((candidate) => readCandidate(candidate, names));
  return {
    id: textIn(body.responseId) ?? '',
    model: textIn(body.modelVersion) ?? '',
    choices: choices.length > 0 ? choices : [{ parts: [], finish: 'content_filter' }],
    usage: readGenerateUsage(body.usageMetadata),
  };
}

/** A part of an answer; what is not as documented is the provider's fault, not the caller's. */
export function readAnswerPart(part: Json, names: CallNames): Part {
  try {
    return readPart(new Fields(part), names);
  } catch {
    throw new DomainError('UPSTREAM_INVALID_RESPONSE');
  }
}

function readCandidate(candidate: Json, names: CallNames): CanonicalChoice {
  const read = listIn(objectIn(candidate.content).parts).filter(isObject).map((part) => readAnswerPart(part, names));
  const parts = joined(read);
  const citations = readGrounding(candidate);
  const at = parts.findLastIndex(({ type }) => type === 'text');
  const text = parts[at];
  if (citations.length > 0 && text?.type === 'text') parts[at] = { ...text, citations };
  const logprobs = readGenerateLogprobs(candidate.logprobsResult);
  return { parts, finish: readGenerateFinish(textIn(candidate.finishReason) ?? 'STOP', parts.some(({ type }) => type === 'tool_call')), ...(logprobs.length > 0 ? { logprobs } : {}) };
}

/** Gemini cuts a text where it likes. */
function joined(parts: readonly Part[]): Part[] {
  const out: Part[] = [];
  for (const part of parts) {
    const last = out.at(-1);
    if (part.type === 'text' && last?.type === 'text') out[out.length - 1] = { ...last, text: last.text + part.text };
    else out.push(part);
  }
  return out;
}

export function encodeGenerateAnswer(answer: CanonicalAnswer, { model, requestId }: AnswerTarget): Json {
  return {
    candidates: answer.choices.map(writeCandidate),
    usageMetadata: writeGenerateUsage(answer.usage ?? NO_CANONICAL_USAGE),
    modelVersion: model,
    responseId: answer.id || requestId,
  };
}

function writeCandidate({ parts, finish, logprobs }: CanonicalChoice, index: number): Json {
  const citations = parts.flatMap((part) => (part.type === 'text' ? (part.citations ?? []) : []));
  return compact({
    content: { role: 'model', parts: parts.flatMap((part) => writePart(part) ?? []) },
    finishReason: writeGenerateFinish(finish),
    index,
    ...writeCitationMetadata(citations),
    logprobsResult: logprobs ? writeGenerateLogprobs(logprobs) : undefined,
  });
}
