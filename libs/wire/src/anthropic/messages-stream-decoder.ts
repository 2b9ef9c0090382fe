import { type CanonicalChunk, DomainError } from '@higress/kernel';
import { isObject, type Json } from '../canonical/fields';
import { compact, numberIn, objectIn, parseArguments, textIn } from '../canonical/loose';
import { readSignature } from '../canonical/signature';
import { SseDecoder } from '../canonical/sse-decoder';
import { streamError } from '../canonical/stream-error';
import { readCitation } from './block-citations';
import { readMessagesUsage } from './messages-usage';
import { readStopReason } from './stop-reason';

type Emit = (chunk: CanonicalChunk) => void;

interface OpenBlock {
  readonly type: string;
  readonly value: Json;
  /** The number of the tool call that it is. */
  readonly call: number;
  json: string;
}

const STATUSES: Readonly<Record<string, number>> = { invalid_request_error: 400, authentication_error: 401, permission_error: 403, not_found_error: 404, request_too_large: 413, rate_limit_error: 429, api_error: 500, overloaded_error: 529 };

/** Anthropic's stream events. */
export class MessagesStreamDecoder extends SseDecoder {
  private readonly open = new Map<number, OpenBlock>();
  private calls = 0;
  private usage: Json = {};

  protected event(event: Json, emit: Emit): boolean {
    switch (event.type) {
      case 'message_start':
        this.start(objectIn(event.message), emit);
        return true;
      case 'content_block_start':
        this.blockStart(numberIn(event.index) ?? 0, objectIn(event.content_block), emit);
        return true;
      case 'content_block_delta':
        this.delta(numberIn(event.index) ?? 0, objectIn(event.delta), emit);
        return true;
      case 'content_block_stop':
        this.blockStop(numberIn(event.index) ?? 0, emit);
        return true;
      case 'message_delta':
        this.messageDelta(event, emit);
        return true;
      case 'message_stop':
        this.finished = true;
        return true;
      case 'error':
        throw errorOf(objectIn(event.error));
      case 'ping':
        return false;
      default:
        // Kinds of events that are yet to come are no fault; what is no event of theirs at all is.
        if (typeof event.type === 'string') return true;
        throw isObject(event.error) ? errorOf(event.error) : new DomainError('UPSTREAM_INVALID_RESPONSE');
    }
  }

  private start(message: Json, emit: Emit): void {
    emit({ type: 'start', id: textIn(message.id) ?? '', model: textIn(message.model) ?? '' });
    this.tell(message.usage, emit);
  }

  private blockStart(index: number, value: Json, emit: Emit): void {
    const type = textIn(value.type) ?? '';
    const isCall = type === 'tool_use';
    this.open.set(index, { type, value, call: isCall ? this.calls++ : 0, json: '' });
    if (isCall) emit({ type: 'tool_call', choice: 0, index: this.calls - 1, id: textIn(value.id) ?? '', name: textIn(value.name) ?? '', arguments: '' });
    else if (type === 'text') emit({ type: 'text', choice: 0, block: index, text: textIn(value.text) ?? '' });
    else if (type === 'thinking') emit({ type: 'reasoning', choice: 0, block: index, text: textIn(value.thinking) ?? '' });
    else if (type === 'redacted_thinking') emit({ type: 'reasoning', choice: 0, block: index, text: '', redacted: true, signature: readSignature(textIn(value.data) ?? '', 'anthropic') });
  }

  private delta(index: number, delta: Json, emit: Emit): void {
    const block = this.open.get(index);
    switch (delta.type) {
      case 'text_delta':
        return emit({ type: 'text', choice: 0, block: index, text: textIn(delta.text) ?? '' });
      case 'thinking_delta':
        return emit({ type: 'reasoning', choice: 0, block: index, text: textIn(delta.thinking) ?? '' });
      case 'signature_delta':
        return emit({ type: 'reasoning', choice: 0, block: index, text: '', signature: readSignature(textIn(delta.signature) ?? '', 'anthropic') });
      case 'citations_delta': {
        const citation = readCitation(objectIn(delta.citation));
        if (citation) emit({ type: 'citation', choice: 0, block: index, citation });
        return;
      }
      case 'input_json_delta': {
        const json = textIn(delta.partial_json) ?? '';
        if (!block || json === '') return;
        block.json += json;
        if (block.type === 'tool_use') emit({ type: 'tool_call', choice: 0, index: block.call, arguments: json });
      }
    }
  }

  /** A call without arguments is an empty object to every client, and never an empty text. */
  private blockStop(index: number, emit: Emit): void {
    const block = this.open.get(index);
    this.open.delete(index);
    if (!block) return;
    if (block.type === 'tool_use') {
      if (block.json === '') emit({ type: 'tool_call', choice: 0, index: block.call, arguments: JSON.stringify(objectIn(block.value.input)) });
    } else if (!['text', 'thinking', 'redacted_thinking'].includes(block.type)) {
      emit({ type: 'opaque', choice: 0, dialect: 'anthropic', value: block.json === '' ? block.value : { ...block.value, input: parseArguments(block.json) } });
    }
  }

  private messageDelta(event: Json, emit: Emit): void {
    const delta = objectIn(event.delta);
    const reason = textIn(delta.stop_reason);
    if (reason) emit(compact({ type: 'finish' as const, choice: 0, reason: readStopReason(reason), stopSequence: textIn(delta.stop_sequence) }));
    this.tell(event.usage, emit);
  }

  /** Later numbers replace earlier ones; those that are not told again still hold. */
  private tell(told: unknown, emit: Emit): void {
    if (!isObject(told)) return;
    this.usage = { ...this.usage, ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== null)) };
    const usage = readMessagesUsage(this.usage);
    if (usage) emit({ type: 'usage', usage });
  }
}

function errorOf(error: Json): DomainError {
  return streamError({ message: error.message, status: STATUSES[textIn(error.type) ?? ''], isRateLimit: error.type === 'rate_limit_error' });
}
