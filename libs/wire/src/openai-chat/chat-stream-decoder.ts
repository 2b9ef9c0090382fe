import type { CanonicalChunk } from '@higress/kernel';
import { isObject, type Json } from '../canonical/fields';
import { compact, listIn, numberIn, objectIn, textIn } from '../canonical/loose';
import { sourceOfUrl } from '../canonical/media';
import { SseDecoder } from '../canonical/sse-decoder';
import { readAnnotations } from './annotations';
import { readChatError } from './chat-error';
import { readFinish } from './chat-finish';
import { readLogprobs } from './chat-logprobs';
import { readChatUsage } from './chat-usage';
import { textOfContent } from './decode-chat-answer';
import { readReasoning } from './reasoning-fields';
import { argumentsOf, readCallSignature } from './tool-calls';

type Emit = (chunk: CanonicalChunk) => void;

/** In OpenAI's form a choice has one text and one train of thought: blocks of their own for each. */
const REASONING_BLOCK = 0;
const TEXT_BLOCK = 1;

/** Chat Completions chunks. */
export class ChatStreamDecoder extends SseDecoder {
  private started = false;
  /** For servers that leave the index of a tool call out: the one under way, by choice. */
  private readonly current = new Map<number, number>();
  /** By choice and the index that the server gives: which call has it now. */
  private readonly placed = new Map<string, { readonly index: number; readonly id: string | undefined }>();

  protected event(chunk: Json, emit: Emit): boolean {
    const error = readChatError(chunk);
    if (error) throw error;
    // Azure begins with an event about the prompt that has no id yet.
    if (!this.started && (chunk.id || listIn(chunk.choices).length > 0)) {
      this.started = true;
      emit(compact({ type: 'start' as const, id: textIn(chunk.id) ?? '', model: textIn(chunk.model) ?? '', createdUnix: numberIn(chunk.created), serviceTier: textIn(chunk.service_tier) }));
    }
    for (const choice of listIn(chunk.choices)) if (isObject(choice)) this.choice(choice, emit);
    const usage = chunk.usage ? readChatUsage(chunk.usage) : null;
    if (usage) emit({ type: 'usage', usage });
    return true;
  }

  private choice(told: Json, emit: Emit): void {
    const choice = numberIn(told.index) ?? 0;
    const delta = objectIn(told.delta);
    this.reasoning(delta, choice, emit);
    const text = textOfContent(delta.content);
    if (text !== '') emit({ type: 'text', choice, block: TEXT_BLOCK, text });
    for (const citation of readAnnotations(delta.annotations)) emit({ type: 'citation', choice, block: TEXT_BLOCK, citation });
    const refusal = textIn(delta.refusal);
    if (refusal) emit({ type: 'refusal', choice, text: refusal });
    this.media(delta, choice, emit);
    for (const call of listIn(delta.tool_calls)) if (isObject(call)) this.call(call, choice, emit);
    const legacy = delta.function_call;
    if (isObject(legacy)) this.call({ index: 0, id: textIn(legacy.name) ? `call_${legacy.name}` : undefined, function: legacy }, choice, emit);
    if (told.logprobs) {
      const tokens = readLogprobs(told.logprobs);
      if (tokens.length > 0) emit({ type: 'logprobs', choice, tokens });
    }
    const finish = textIn(told.finish_reason);
    // A call that was forced ends with `stop` at OpenAI.
    if (finish) emit(compact({ type: 'finish' as const, choice, reason: this.current.has(choice) && finish === 'stop' ? 'tool_calls' : readFinish(finish), stopSequence: textIn(told.stop_reason) }));
  }

  private reasoning(delta: Json, choice: number, emit: Emit): void {
    if (!delta.reasoning_content && !delta.reasoning && !delta.thinking_blocks) return;
    const text = textIn(delta.reasoning_content) ?? textIn(delta.reasoning);
    // Blocks beside the same text only add its seal; each tells which block it continues.
    for (const [i, raw] of listIn(delta.thinking_blocks).entries()) {
      const [part] = readReasoning({ thinking_blocks: [raw] });
      if (part) emit(compact({ type: 'reasoning' as const, choice, block: blockOf(raw, i), text: part.text, signature: part.signature, redacted: part.redacted }));
    }
    if (text && listIn(delta.thinking_blocks).length === 0) emit({ type: 'reasoning', choice, block: REASONING_BLOCK, text });
  }

  private media(delta: Json, choice: number, emit: Emit): void {
    const { audio } = delta;
    if (isObject(audio)) emit(compact({ type: 'audio' as const, choice, id: textIn(audio.id), data: textIn(audio.data), transcript: textIn(audio.transcript), expiresAt: numberIn(audio.expires_at) }));
    for (const image of listIn(delta.images)) {
      const url = textIn(objectIn(objectIn(image).image_url).url);
      if (url) emit({ type: 'image', choice, source: sourceOfUrl(url) });
    }
  }

  /** Which call a piece belongs to, where it says; some servers give each of several calls the index 0, told apart by their ids. */
  private indexOf(choice: number, told: number | undefined, id: string | undefined): number | undefined {
    if (told === undefined) return undefined;
    const slot = `${choice} ${told}`;
    const known = this.placed.get(slot);
    if (known && (!id || !known.id || known.id === id)) return known.index;
    const index = Math.max(known ? 0 : told, (this.current.get(choice) ?? -1) + 1);
    this.placed.set(slot, { index, id });
    return index;
  }

  private call(call: Json, choice: number, emit: Emit): void {
    const custom = isObject(call.custom) ? call.custom : undefined;
    const target = custom ?? objectIn(call.function);
    const name = textIn(target.name);
    const id = textIn(call.id);
    const last = this.current.get(choice) ?? -1;
    const index = this.indexOf(choice, numberIn(call.index), name ? id : undefined) ?? (name ? last + 1 : Math.max(0, last));
    const isNew = index > last;
    if (isNew) this.current.set(choice, index);
    // Some servers repeat the id and the name with each piece.
    emit(compact({ type: 'tool_call' as const, choice, index, id: isNew ? (id ?? `call_${choice}_${index}`) : undefined, name: isNew ? (name ?? '') : undefined, arguments: custom ? (textIn(custom.input) ?? '') : argumentsOf(target.arguments), custom: custom && isNew ? true : undefined, signature: readCallSignature(call) }));
  }
}

function blockOf(raw: unknown, i: number): number {
  const index = numberIn(objectIn(raw).index);
  return index === undefined ? REASONING_BLOCK + (i > 0 ? i + TEXT_BLOCK : 0) : index === 0 ? REASONING_BLOCK : index + TEXT_BLOCK;
}
