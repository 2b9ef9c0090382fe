import { type CanonicalChunk, type CanonicalUsage, type DomainError, errorRow, type FinishReason, type Signature } from '@higress/kernel';
import { KEEP_ALIVE } from '../sse';
import type { AnswerTarget, SeenEvents, StreamEncoder } from '../canonical/dialect-codec';
import type { Json } from '../canonical/fields';
import { NO_CANONICAL_USAGE } from '../canonical/usage-count';
import { writeReasoningItem } from './encode-response-request';
import { OpenItem } from './open-item';
import { endingOf, responseBody, responseId, type ResponseState } from './response-body';
import { writeResponseUsage } from './response-usage';
import { writeKeeping } from './told-response';

/**
 * The events of a response: created, in progress, each item from its opening to its end, and the whole response last. The whole is part of
 * the dialect, so what was said is kept until then.
 */
export class ResponseStreamEncoder implements StreamEncoder {
  private sequence = 0;
  private started = false;
  private about: { id: string; createdUnix: number; serviceTier?: string };
  private usage: CanonicalUsage | null = null;
  private finish: FinishReason = 'stop';
  private readonly output: Json[] = [];
  /** Items that are open, by what they hold. More than one only while calls are interleaved. */
  private readonly open = new Map<string, OpenItem>();
  private opened = 0;

  constructor(private readonly target: AnswerTarget) {
    this.about = { id: responseId('', target.requestId), createdUnix: target.nowUnix };
  }

  push(chunks: readonly CanonicalChunk[]): Buffer {
    let out = '';
    for (const chunk of chunks) out += this.write(chunk);
    return Buffer.from(out);
  }

  end(): Buffer {
    const ending = endingOf(this.finish);
    const begun = this.begin() + this.closeAll(ending.status === 'incomplete' ? 'incomplete' : 'completed');
    const state = { ...ending, usage: writeResponseUsage(this.usage ?? NO_CANONICAL_USAGE) };
    return Buffer.from(begun + this.event(`response.${ending.status}`, { response: this.body(state) }));
  }

  fail(error: DomainError, seen?: SeenEvents): Buffer {
    const { openaiCode } = errorRow(error.code);
    const told = { code: error.upstreamCode ?? openaiCode ?? 'server_error', message: error.message };
    if (seen?.response) {
      this.sequence = seen.next;
      const keeping = this.target.keeping ? writeKeeping(this.target.keeping) : {};
      return Buffer.from(this.event('response.failed', { response: { ...seen.response, ...keeping, status: 'failed', error: told, output: seen.output } }));
    }
    const begun = this.begin();
    // What was being said belongs to the answer too, as far as it came.
    for (const item of this.open.values()) this.output[item.index] = item.done('incomplete');
    return Buffer.from(begun + this.event('response.failed', { response: this.body({ status: 'failed', error: told, usage: this.usage ? writeResponseUsage(this.usage) : null }) }));
  }

  keepAlive(): Buffer {
    return KEEP_ALIVE;
  }

  private write(chunk: CanonicalChunk): string {
    switch (chunk.type) {
      case 'start':
        this.about = { id: responseId(chunk.id, this.target.requestId), createdUnix: chunk.createdUnix ?? this.target.nowUnix, serviceTier: chunk.serviceTier };
        return '';
      case 'usage':
        this.usage = chunk.usage;
        return '';
      case 'finish':
        if (chunk.choice === 0) this.finish = chunk.reason;
        return '';
      default:
        return chunk.choice === 0 ? this.content(chunk) : '';
    }
  }

  private content(chunk: Exclude<CanonicalChunk, { type: 'start' | 'usage' | 'finish' }>): string {
    switch (chunk.type) {
      case 'text':
        return chunk.text === '' ? '' : this.message((item) => item.text(chunk.block, chunk.text));
      case 'refusal':
        return this.message((item) => item.refusal(chunk.text));
      case 'citation':
        // A message that has ended takes no more: some providers tell at the very end what a text rests on.
        return this.opened > 0 && !this.open.has('message') ? '' : this.message((item) => item.cite(chunk.block, chunk.citation));
      case 'logprobs':
        return this.opened > 0 && !this.open.has('message') ? '' : this.message((item) => item.logprobs(chunk.tokens));
      case 'reasoning':
        return this.thought(chunk);
      case 'tool_call':
        return this.call(chunk);
      case 'opaque':
        return chunk.dialect === 'responses' ? this.whole(chunk.value) : '';
      case 'image':
      case 'audio':
        return '';
    }
  }

  private message(say: (item: OpenItem) => [string, Json][]): string {
    return this.within('message', (index) => OpenItem.message(`msg_${this.target.requestId}_${index}`, index), say);
  }

  private thought({ block, text, signature, redacted, id }: { block: number; text: string; signature?: Signature; redacted?: boolean; id?: string }): string {
    const name = (index: number) => id ?? `rs_${this.target.requestId}_${index}`;
    if (redacted) return this.whole(writeReasoningItem({ type: 'reasoning', text: '', signature }, name(this.opened)));
    return this.within(`reasoning ${block}`, (index) => OpenItem.reasoning(name(index), index), (item) => item.think(text, signature));
  }

  private call(chunk: Extract<CanonicalChunk, { type: 'tool_call' }>): string {
    const key = `call ${chunk.index}`;
    const make = (index: number) => OpenItem.call({ type: 'tool_call', id: chunk.id ?? '', name: chunk.name ?? '', arguments: '', custom: chunk.custom }, this.target.requestId, index);
    // A later piece of a call that is still open leaves its neighbours open too.
    const before = this.open.has(key) || ![...this.open.keys()].every((open) => open.startsWith('call ')) ? '' : this.closeWhole();
    return before + this.within(key, make, (item) => item.argue(chunk.arguments), (open) => open.startsWith('call '));
  }

  /** Says something within an item, after ending those that may not stay open beside it. */
  private within(key: string, make: (index: number) => OpenItem, say: (item: OpenItem) => [string, Json][], mayStay: (key: string) => boolean = () => false): string {
    let out = this.begin();
    let item = this.open.get(key);
    if (!item) {
      for (const other of [...this.open.keys()]) if (!mayStay(other)) out += this.close(other);
      item = make(this.opened++);
      this.open.set(key, item);
      out += this.events(item.begin());
    }
    return out + this.events(say(item));
  }

  private whole(item: Json): string {
    const index = this.opened++;
    this.output[index] = item;
    return this.begin() + this.closeAll() + this.event('response.output_item.added', { output_index: index, item }) + this.event('response.output_item.done', { output_index: index, item });
  }

  /** Ends the calls whose arguments are whole. */
  private closeWhole(): string {
    let out = '';
    for (const [key, item] of [...this.open]) if (item.isWhole()) out += this.close(key);
    return out;
  }

  private close(key: string, status: 'completed' | 'incomplete' = 'completed'): string {
    const item = this.open.get(key);
    if (!item) return '';
    this.open.delete(key);
    this.output[item.index] = item.done(status);
    return this.events(item.end(status));
  }

  private closeAll(status: 'completed' | 'incomplete' = 'completed'): string {
    return [...this.open.keys()].map((key) => this.close(key, status)).join('');
  }

  private begin(): string {
    if (this.started) return '';
    this.started = true;
    const response = this.body({ status: 'in_progress', usage: null });
    return this.event('response.created', { response }) + this.event('response.in_progress', { response });
  }

  private body(state: Pick<ResponseState, 'status' | 'usage' | 'incomplete' | 'error'>): Json {
    return responseBody({ ...this.about, output: this.output.filter((item) => item !== undefined), ...state }, this.target);
  }

  private events(events: readonly [string, Json][]): string {
    let out = '';
    for (const [type, data] of events) out += this.event(type, data);
    return out;
  }

  private event(type: string, data: Json): string {
    return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: this.sequence++, ...data })}\n\n`;
  }
}
