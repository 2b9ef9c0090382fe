import { type CanonicalChunk, DomainError } from '@higress/kernel';
import { readLogprobs } from '../openai-chat/chat-logprobs';
import type { Json } from '../canonical/fields';
import type { SeenEvents } from '../canonical/dialect-codec';
import { compact, numberIn, objectIn, textIn } from '../canonical/loose';
import { readSignature } from '../canonical/signature';
import { SseDecoder } from '../canonical/sse-decoder';
import { streamError } from '../canonical/stream-error';
import { readFlatAnnotation } from './flat-annotations';
import { readEnding } from './response-answer';
import { readResponseUsage } from './response-usage';

type Emit = (chunk: CanonicalChunk) => void;

/** The stream of a response. */
export class ResponseStreamDecoder extends SseDecoder {
  private readonly blocks = new Map<string, number>();
  /** Output items that are calls: the number of the call, and whether any of its arguments came. */
  private readonly calls = new Map<number, { readonly index: number; isTold: boolean }>();
  private next = 0;
  private response: Json | null = null;
  private readonly output: Json[] = [];

  get seen(): SeenEvents {
    return { next: this.next, response: this.response, output: this.output.filter((item) => item !== undefined) };
  }

  protected event(event: Json, emit: Emit): boolean {
    const isLife = this.read(event, emit);
    this.next = (numberIn(event.sequence_number) ?? this.next) + 1;
    if (event.type === 'response.created') this.response = objectIn(event.response);
    else if (event.type === 'response.output_item.done') this.output[numberIn(event.output_index) ?? this.output.length] = objectIn(event.item);
    return isLife;
  }

  private read(event: Json, emit: Emit): boolean {
    const output = numberIn(event.output_index) ?? 0;
    switch (event.type) {
      case 'response.created': {
        const response = objectIn(event.response);
        emit(compact({ type: 'start' as const, id: textIn(response.id) ?? '', model: textIn(response.model) ?? '', createdUnix: numberIn(response.created_at) }));
        return true;
      }
      case 'response.output_item.added':
        this.added(objectIn(event.item), output, emit);
        return true;
      case 'response.output_text.delta': {
        emit({ type: 'text', choice: 0, block: this.block(event, 'content'), text: textIn(event.delta) ?? '' });
        const tokens = readLogprobs({ content: event.logprobs });
        if (tokens.length > 0) emit({ type: 'logprobs', choice: 0, tokens });
        return true;
      }
      case 'response.output_text.annotation.added': {
        const citation = readFlatAnnotation(objectIn(event.annotation));
        if (citation) emit({ type: 'citation', choice: 0, block: this.block(event, 'content'), citation });
        return true;
      }
      case 'response.refusal.delta':
        emit({ type: 'refusal', choice: 0, text: textIn(event.delta) ?? '' });
        return true;
      case 'response.reasoning_summary_part.added':
        if ((numberIn(event.summary_index) ?? 0) > 0) emit({ type: 'reasoning', choice: 0, block: this.block(event, 'item'), text: '\n\n' });
        return true;
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        emit({ type: 'reasoning', choice: 0, block: this.block(event, 'item'), text: textIn(event.delta) ?? '' });
        return true;
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
        this.arguments(output, textIn(event.delta) ?? '', emit);
        return true;
      case 'response.output_item.done':
        this.done(objectIn(event.item), event, output, emit);
        return true;
      default:
        return this.readLast(event, emit);
    }
  }

  /** What ends the stream; anything else is a kind of event that is yet to come. */
  private readLast(event: Json, emit: Emit): boolean {
    switch (event.type) {
      case 'response.completed':
      case 'response.incomplete':
        this.complete(objectIn(event.response), emit);
        return true;
      case 'response.failed': {
        const error = objectIn(objectIn(event.response).error);
        throw streamError({ message: error.message, isRateLimit: error.code === 'rate_limit_exceeded' });
      }
      case 'error':
        throw streamError({ message: event.message ?? objectIn(event.error).message, isRateLimit: event.code === 'rate_limit_exceeded' });
      default:
        if (typeof event.type === 'string') return true;
        throw new DomainError('UPSTREAM_INVALID_RESPONSE');
    }
  }

  private block(event: Json, of: 'item' | 'content'): number {
    const key = of === 'item' ? `${String(event.output_index)}` : `${String(event.output_index)} ${String(event.content_index)}`;
    const known = this.blocks.get(key) ?? this.blocks.size;
    this.blocks.set(key, known);
    return known;
  }

  private added(item: Json, output: number, emit: Emit): void {
    if (item.type !== 'function_call' && item.type !== 'custom_tool_call') return;
    const index = this.calls.size;
    this.calls.set(output, { index, isTold: false });
    emit(compact({ type: 'tool_call' as const, choice: 0, index, id: textIn(item.call_id) ?? '', name: textIn(item.name) ?? '', arguments: '', custom: item.type === 'custom_tool_call' || undefined }));
  }

  private arguments(output: number, text: string, emit: Emit): void {
    const call = this.calls.get(output);
    if (!call || text === '') return;
    call.isTold = true;
    emit({ type: 'tool_call', choice: 0, index: call.index, arguments: text });
  }

  private done(item: Json, event: Json, output: number, emit: Emit): void {
    switch (item.type) {
      case 'message':
        return;
      case 'function_call':
      case 'custom_tool_call':
        if (!this.calls.has(output)) this.added(item, output, emit);
        if (!this.calls.get(output)?.isTold) this.arguments(output, textIn(item.arguments) ?? textIn(item.input) ?? '', emit);
        return;
      case 'reasoning': {
        const seal = textIn(item.encrypted_content);
        const isSilent = !this.blocks.has(String(event.output_index));
        if (seal || isSilent) emit(compact({ type: 'reasoning' as const, choice: 0, block: this.block(event, 'item'), text: '', signature: seal ? readSignature(seal, 'openai') : undefined, redacted: seal && isSilent ? true : undefined, id: isSilent ? textIn(item.id) : undefined }));
        return;
      }
      default:
        if (typeof item.type === 'string') emit({ type: 'opaque', choice: 0, dialect: 'responses', value: item });
    }
  }

  private complete(response: Json, emit: Emit): void {
    emit({ type: 'finish', choice: 0, reason: readEnding(response, this.calls.size > 0) });
    const usage = readResponseUsage(response.usage);
    if (usage) emit({ type: 'usage', usage });
    this.finished = true;
  }
}
