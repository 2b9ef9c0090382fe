import type { CanonicalChunk, CanonicalUsage, DomainError, FinishReason } from '@higress/kernel';
import { formatError } from '../format-error';
import { CallSequence } from '../canonical/call-sequence';
import type { AnswerTarget, StreamEncoder } from '../canonical/dialect-codec';
import type { Json } from '../canonical/fields';
import { writeSignature } from '../canonical/signature';
import { NO_CANONICAL_USAGE } from '../canonical/usage-count';
import { writeCitation } from './block-citations';
import { toolId } from './content-blocks';
import { CALLER, messageId } from './messages-answer';
import { writeMessagesUsage } from './messages-usage';
import { writeStopReason } from './stop-reason';

const PING = Buffer.from('event: ping\ndata: {"type": "ping"}\n\n');

function event(name: string, data: Json): string {
  return `event: ${name}\ndata: ${JSON.stringify({ type: name, ...data })}\n\n`;
}

/** Anthropic's stream events: one message, its blocks one after another, the reason and the usage at its end. */
export class MessagesStreamEncoder implements StreamEncoder {
  private id = '';
  private started = false;
  private usage: CanonicalUsage | null = null;
  private finish: { reason: FinishReason; stopSequence?: string } = { reason: 'stop' };
  private index = -1;
  /** What the block that is open holds; empty where none is. */
  private openKey = '';
  private readonly ended = new Set<string>();
  private readonly calls = new CallSequence();

  constructor(private readonly target: AnswerTarget) {}

  push(chunks: readonly CanonicalChunk[]): Buffer {
    let out = '';
    for (const chunk of chunks) out += this.write(chunk);
    return Buffer.from(out);
  }

  end(): Buffer {
    let out = this.begin();
    for (const call of this.calls.end()) out += this.call(call);
    out += this.close();
    out += event('message_delta', { delta: { stop_reason: writeStopReason(this.finish.reason), stop_sequence: this.finish.stopSequence ?? null }, usage: writeMessagesUsage(this.usage ?? NO_CANONICAL_USAGE) });
    return Buffer.from(out + event('message_stop', {}));
  }

  fail(error: DomainError): Buffer {
    return Buffer.from(`event: error\ndata: ${JSON.stringify(formatError('anthropic', error, this.target.requestId))}\n\n`);
  }

  keepAlive(): Buffer {
    return PING;
  }

  private write(chunk: CanonicalChunk): string {
    if (chunk.type === 'start') this.id = chunk.id;
    else if (chunk.type === 'usage') this.usage = chunk.usage;
    else if (chunk.choice === 0) return this.content(chunk);
    return '';
  }

  private content(chunk: Exclude<CanonicalChunk, { type: 'start' | 'usage' }>): string {
    switch (chunk.type) {
      case 'text':
      case 'refusal': {
        const key = chunk.type === 'text' ? `text ${chunk.block}` : 'refusal';
        if (chunk.text === '' && this.openKey !== key) return '';
        const opened = this.open(key, { type: 'text', text: '' });
        // The common case, without an object of its own.
        return `${opened}event: content_block_delta\ndata: {"type":"content_block_delta","index":${this.index},"delta":{"type":"text_delta","text":${JSON.stringify(chunk.text)}}}\n\n`;
      }
      case 'citation':
        // A block that has ended takes no more: some providers tell at the very end what a text rests on.
        return this.ended.has(`text ${chunk.block}`) ? '' : this.open(`text ${chunk.block}`, { type: 'text', text: '' }) + this.delta({ type: 'citations_delta', citation: writeCitation(chunk.citation) });
      case 'reasoning':
        return this.thought(chunk);
      case 'tool_call':
        return this.calls.push(chunk).map((call) => this.call(call)).join('');
      case 'opaque':
        return chunk.dialect === 'anthropic' ? this.begin() + this.close() + this.whole(chunk.value) : '';
      case 'finish':
        this.finish = { reason: chunk.reason, stopSequence: chunk.stopSequence };
        return '';
      case 'image':
      case 'audio':
      case 'logprobs':
        return '';
    }
  }

  private thought({ block, text, signature, redacted }: Extract<CanonicalChunk, { type: 'reasoning' }>): string {
    const seal = signature ? writeSignature(signature, 'anthropic') : undefined;
    if (redacted) return this.begin() + this.close() + this.whole({ type: 'redacted_thinking', data: seal ?? '' });
    const opened = this.open(`reasoning ${block}`, { type: 'thinking', thinking: '', signature: '' });
    const said = text === '' ? '' : this.delta({ type: 'thinking_delta', thinking: text });
    return opened + said + (seal === undefined ? '' : this.delta({ type: 'signature_delta', signature: seal }));
  }

  private call(chunk: Extract<CanonicalChunk, { type: 'tool_call' }>): string {
    const opened = this.open(`call ${chunk.index}`, { type: 'tool_use', id: toolId(chunk.id ?? ''), name: chunk.name ?? '', input: {}, ...CALLER });
    return chunk.arguments === '' ? opened : opened + this.delta({ type: 'input_json_delta', partial_json: chunk.arguments });
  }

  /** Opens a block unless it is the open one, which then ends. */
  private open(key: string, block: Json): string {
    if (this.openKey === key) return '';
    const before = this.begin() + this.close();
    this.index++;
    this.openKey = key;
    return before + event('content_block_start', { index: this.index, content_block: block });
  }

  private whole(block: Json): string {
    this.index++;
    return event('content_block_start', { index: this.index, content_block: block }) + event('content_block_stop', { index: this.index });
  }

  private close(): string {
    if (this.openKey === '') return '';
    this.ended.add(this.openKey);
    this.openKey = '';
    return event('content_block_stop', { index: this.index });
  }

  private delta(delta: Json): string {
    return event('content_block_delta', { index: this.index, delta });
  }

  private begin(): string {
    if (this.started) return '';
    this.started = true;
    const { model, requestId, estimatedInputTokens } = this.target;
    const usage = writeMessagesUsage(this.usage ?? { ...NO_CANONICAL_USAGE, inputTokens: estimatedInputTokens });
    return event('message_start', { message: { id: messageId(this.id, requestId), type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null, usage } });
  }
}

