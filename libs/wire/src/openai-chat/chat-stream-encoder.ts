import type { CanonicalChunk, CanonicalUsage, DomainError } from '@higress/kernel';
import { formatError } from '../format-error';
import { KEEP_ALIVE, OPENAI_DONE } from '../sse';
import type { AnswerTarget, StreamEncoder } from '../canonical/dialect-codec';
import type { Json } from '../canonical/fields';
import { urlOfSource } from '../canonical/media';
import { writeSignature } from '../canonical/signature';
import { writeAnnotations } from './annotations';
import { writeFinish } from './chat-finish';
import { writeLogprobs } from './chat-logprobs';
import { writeChatUsage } from './chat-usage';
import { chatId } from './encode-chat-answer';
import { writeCallSignature } from './tool-calls';

/** Chat Completions chunks. The usage comes last, with no choices, and only where the client asked for it. */
export class ChatStreamEncoder implements StreamEncoder {
  private head = '';
  private readonly begun = new Set<number>();
  /** The blocks of thought of each choice, in order of arrival: their place is their index here. */
  private readonly thoughts = new Map<number, number[]>();
  private usage: CanonicalUsage | null = null;

  constructor(private readonly target: AnswerTarget) {}

  push(chunks: readonly CanonicalChunk[]): Buffer {
    let out = '';
    for (const chunk of chunks) out += this.write(chunk);
    return Buffer.from(out);
  }

  end(): Buffer {
    if (!this.usage || !this.target.request.includeUsage) return OPENAI_DONE;
    return Buffer.concat([Buffer.from(`${this.opening()}"choices":[],"usage":${JSON.stringify(writeChatUsage(this.usage))}}\n\n`), OPENAI_DONE]);
  }

  fail(error: DomainError): Buffer {
    return Buffer.from(`data: ${JSON.stringify(formatError('openai', error, this.target.requestId))}\n\n`);
  }

  keepAlive(): Buffer {
    return KEEP_ALIVE;
  }

  private write(chunk: CanonicalChunk): string {
    switch (chunk.type) {
      case 'start':
        this.start(chunk);
        return '';
      case 'usage':
        this.usage = chunk.usage;
        return '';
      case 'text':
        // The common case, without an object of its own.
        return chunk.text === '' ? '' : `${this.first(chunk.choice)}${this.opening()}"choices":[{"index":${chunk.choice},"delta":{"content":${JSON.stringify(chunk.text)}},"logprobs":null,"finish_reason":null}]}\n\n`;
      case 'finish':
        return this.event(chunk.choice, {}, writeFinish(chunk.reason), chunk.stopSequence ? { stop_reason: chunk.stopSequence } : undefined);
      case 'logprobs':
        return this.event(chunk.choice, {}, null, { logprobs: writeLogprobs(chunk.tokens) });
      default: {
        const delta = this.delta(chunk);
        return delta ? this.event(chunk.choice, delta, null) : '';
      }
    }
  }

  private delta(chunk: Exclude<CanonicalChunk, { type: 'start' | 'usage' | 'text' | 'finish' | 'logprobs' }>): Json | undefined {
    switch (chunk.type) {
      case 'refusal':
        return { refusal: chunk.text };
      case 'reasoning':
        return this.thought(chunk);
      case 'tool_call': {
        const call = { index: chunk.index, ...(chunk.id === undefined ? {} : { id: chunk.id, type: chunk.custom ? 'custom' : 'function' }) };
        const target = { ...(chunk.name === undefined ? {} : { name: chunk.name }) };
        const body = chunk.custom || this.customs.has(`${chunk.choice} ${chunk.index}`) ? { custom: { ...target, input: chunk.arguments } } : { function: { ...target, arguments: chunk.arguments } };
        if (chunk.custom) this.customs.add(`${chunk.choice} ${chunk.index}`);
        return { tool_calls: [{ ...call, ...body, ...writeCallSignature(chunk.signature) }] };
      }
      case 'citation': {
        const annotations = writeAnnotations([chunk.citation]);
        return annotations.length > 0 ? { annotations } : undefined;
      }
      case 'image': {
        const url = urlOfSource(chunk.source);
        return url === undefined ? undefined : { images: [{ type: 'image_url', image_url: { url } }] };
      }
      case 'audio':
        return { audio: { ...(chunk.id ? { id: chunk.id } : {}), ...(chunk.data === undefined ? {} : { data: chunk.data }), ...(chunk.transcript === undefined ? {} : { transcript: chunk.transcript }), ...(chunk.expiresAt ? { expires_at: chunk.expiresAt } : {}) } };
      case 'opaque':
        return undefined;
    }
  }

  private readonly customs = new Set<string>();

  /** A thought's text where clients look for it; its seal, and what only a seal can tell, in a block beside it. */
  private thought({ choice, block, text, signature, redacted }: Extract<CanonicalChunk, { type: 'reasoning' }>): Json {
    const blocks = this.thoughts.get(choice) ?? [];
    if (!blocks.includes(block)) this.thoughts.set(choice, [...blocks, block]);
    const index = (this.thoughts.get(choice) as number[]).indexOf(block);
    if (!signature && !redacted && index === 0) return { reasoning_content: text };
    const seal = signature ? writeSignature(signature, 'anthropic') : undefined;
    const written = redacted ? { index, type: 'redacted_thinking', data: seal ?? '' } : { index, type: 'thinking', thinking: text, ...(seal === undefined ? {} : { signature: seal }) };
    return { ...(text === '' ? {} : { reasoning_content: text }), thinking_blocks: [written] };
  }

  /** The role, once for each choice. */
  private first(choice: number): string {
    if (this.begun.has(choice)) return '';
    this.begun.add(choice);
    return `${this.opening()}"choices":[{"index":${choice},"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}\n\n`;
  }

  private event(choice: number, delta: Json, finish: string | null, more?: Json): string {
    return `${this.first(choice)}${this.opening()}"choices":[${JSON.stringify({ index: choice, delta, logprobs: null, finish_reason: finish, ...more })}]}\n\n`;
  }

  private opening(): string {
    if (this.head === '') this.start({ type: 'start', id: '', model: '' });
    return this.head;
  }

  private start({ id, createdUnix, serviceTier }: Extract<CanonicalChunk, { type: 'start' }>): void {
    const { requestId, nowUnix, model } = this.target;
    const about = JSON.stringify({ id: chatId(id, requestId), object: 'chat.completion.chunk', created: createdUnix ?? nowUnix, model, ...(serviceTier ? { service_tier: serviceTier } : {}) });
    this.head = `data: ${about.slice(0, -1)},`;
  }
}
