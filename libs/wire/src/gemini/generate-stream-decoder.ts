import type { CanonicalChunk, Part } from '@higress/kernel';
import { isObject, type Json } from '../canonical/fields';
import { listIn, numberIn, objectIn, textIn } from '../canonical/loose';
import { SseDecoder } from '../canonical/sse-decoder';
import { streamError } from '../canonical/stream-error';
import { isCount } from '../canonical/usage-count';
import { CallNames } from './content-parts';
import { readAnswerPart } from './generate-answer';
import { readGenerateFinish } from './generate-finish';
import { readGenerateLogprobs } from './generate-logprobs';
import { readGenerateUsage } from './generate-usage';
import { readGrounding } from './grounding';

type Emit = (chunk: CanonicalChunk) => void;

interface Candidate {
  block: number;
  /** What the block under way is: a text, a thought, or nothing. */
  kind: string;
  textBlock: number;
  calls: number;
}

/** Gemini's stream: each event is an answer in small, whose parts are added to the ones before. */
export class GenerateStreamDecoder extends SseDecoder {
  private started = false;
  private readonly names = new CallNames();
  private readonly candidates = new Map<number, Candidate>();

  protected event(event: Json, emit: Emit): boolean {
    if (isObject(event.error)) throw streamError({ message: event.error.message, status: numberIn(event.error.code) });
    if (!this.started) {
      this.started = true;
      emit({ type: 'start', id: textIn(event.responseId) ?? '', model: textIn(event.modelVersion) ?? '' });
    }
    const usage = readGenerateUsage(event.usageMetadata);
    // One that does not count the answer yet is no last word on it: the text comes behind it.
    const countsAnswer = isCount(objectIn(event.usageMetadata).candidatesTokenCount);
    if (usage && !countsAnswer) emit({ type: 'usage', usage });
    for (const candidate of listIn(event.candidates)) if (isObject(candidate)) this.candidate(candidate, emit);
    if (textIn(objectIn(event.promptFeedback).blockReason)) emit({ type: 'finish', choice: 0, reason: 'content_filter' });
    if (usage && countsAnswer) emit({ type: 'usage', usage });
    return true;
  }

  private candidate(told: Json, emit: Emit): void {
    const choice = numberIn(told.index) ?? 0;
    const state = this.candidates.get(choice) ?? { block: -1, kind: '', textBlock: 0, calls: 0 };
    this.candidates.set(choice, state);
    for (const part of listIn(objectIn(told.content).parts)) if (isObject(part)) this.part(readAnswerPart(part, this.names), choice, state, emit);
    for (const citation of readGrounding(told)) emit({ type: 'citation', choice, block: state.textBlock, citation });
    const tokens = readGenerateLogprobs(told.logprobsResult);
    if (tokens.length > 0) emit({ type: 'logprobs', choice, tokens });
    const reason = textIn(told.finishReason);
    if (reason) emit({ type: 'finish', choice, reason: readGenerateFinish(reason, state.calls > 0) });
  }

  private part(part: Part, choice: number, state: Candidate, emit: Emit): void {
    // A seal ends the thought that it stands on; a text goes on until something else comes.
    if (part.type !== state.kind) state.block++;
    state.kind = part.type === 'reasoning' && part.signature ? '' : part.type;
    switch (part.type) {
      case 'text':
        state.textBlock = state.block;
        return emit({ type: 'text', choice, block: state.block, text: part.text });
      case 'reasoning':
        return emit({ type: 'reasoning', choice, block: state.block, text: part.text, signature: part.signature });
      case 'tool_call':
        return emit({ type: 'tool_call', choice, index: state.calls++, id: part.id, name: part.name, arguments: part.arguments, signature: part.signature });
      case 'image':
        return emit({ type: 'image', choice, source: part.source });
      case 'audio':
        return emit({ type: 'audio', choice, data: part.source.kind === 'data' ? part.source.data : undefined });
      case 'opaque':
        return emit({ type: 'opaque', choice, dialect: 'gemini', value: part.value });
      default:
    }
  }
}
