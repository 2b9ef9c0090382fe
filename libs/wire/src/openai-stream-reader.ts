import type { Usage } from '@higress/kernel';
import { estimateTokens } from '@higress/pricing';
import { contentOf, hasContent } from './answer-content';
import { readOpenAiUsage } from './answer-usage';
import { isObject, type Json } from './canonical/fields';
import { parseAnswer } from './canonical/loose';
import type { StreamReader, StreamStep } from './canonical/stream-reader';
import { dataOf, type EventFate, EventWalk, HIDDEN, HIDDEN_IDLE, LAST, PASSES, type WholeEvent } from './event-walk';
import { readChatError } from './openai-chat/chat-error';

const BRACE = 0x7d;
/** How much of the answer is kept to learn how many tokens a byte of it holds, should the provider give no usage. */
const SAMPLE_BYTES = 8 * 1024;
/** The events of one stream begin alike: the field name, the id, or whatever the provider puts first. */
const ALIKE_BYTES = 30;
const DATA = 'data:';
/** A usage that is not null, or an error: what a chunk that only tells more of the answer does not name. Within a text the quotes would be escaped. One search for both: two would be a third of what a chunk costs. */
const TELLS_MORE = /"(?:usage"(?!\s*:\s*null)|error")/;
const DONE = '[DONE]';

/**
 * Reads an OpenAI stream that passes through: finds whole events, the usage, the first content and the end, and leaves the bytes alone.
 * Events are parsed until the first content, where they hold usage, and where they begin unlike the first one, as errors and rubbish do;
 * parsing all of them would cost more than relaying them. Comments and `[DONE]` are dropped: the gateway keeps alive and ends by itself.
 */
export class OpenAiStreamReader implements StreamReader {
  /** True once a non-empty delta, a tool call or a finish has come: from here on nothing is tried elsewhere. */
  committed = false;
  /** True once `[DONE]` was seen: the answer is whole, and whatever follows is nobody's. */
  finished = false;
  /** The last that the provider told. */
  usage: Usage | null = null;
  /** True while no text has come after it. */
  isUsageCurrent = false;
  private readonly walk = new EventWalk((event) => this.readEvent(event));
  private beginning: string | null = null;
  private readonly sample: string[] = [];
  private sampleBytes = 0;
  private contentBytes = 0;

  /** @param hideUsage true where the client did not ask for the usage chunk, and so must not see it */
  constructor(private readonly hideUsage: boolean) {}

  push(piece: Buffer): StreamStep {
    return this.walk.push(piece);
  }

  /** The provider closed its stream. */
  end(): StreamStep {
    return this.walk.end();
  }

  /** Tokens answered so far, from what passed: for a provider without usage, and for an answer that broke off. Never throws. */
  estimateOutputTokens(): number {
    if (this.contentBytes === 0) return 0;
    const sampled = this.sample.reduce((tokens, event) => tokens + estimateTokens(textOf(event)), 0);
    return Math.max(1, Math.ceil((sampled * this.contentBytes) / this.sampleBytes));
  }

  /** @throws DomainError UPSTREAM_INVALID_RESPONSE, or what the provider told */
  private readEvent(event: WholeEvent): EventFate {
    const { text } = event;
    if (this.beginsAlike(text) && !TELLS_MORE.test(text)) return this.pass(event);
    const data = dataOf(event);
    if (data === '') return HIDDEN_IDLE;
    if (data.startsWith(DONE)) {
      this.finished = true;
      return LAST;
    }
    const fate = this.readChunk(parseAnswer(data), event);
    if (fate === PASSES && text.startsWith(DATA)) this.beginning ??= event.within.bytes.toString('latin1', event.start, event.start + Math.min(text.length, ALIKE_BYTES));
    return fate;
  }

  private readChunk(chunk: Json, event: WholeEvent): EventFate {
    const error = readChatError(chunk);
    if (error) throw error;
    const told = readOpenAiUsage(chunk.usage);
    this.usage = told ?? this.usage;
    if (isObject(chunk.usage) && Array.isArray(chunk.choices) && chunk.choices.length === 0) {
      this.isUsageCurrent ||= told !== null;
      return this.hideUsage ? HIDDEN : PASSES;
    }
    if (hasContent(chunk)) this.committed = true;
    this.pass(event);
    this.isUsageCurrent = told !== null;
    return PASSES;
  }

  /** True for an event of one line that needs no parsing. */
  private beginsAlike(text: string): boolean {
    return this.committed && this.beginning !== null && text.charCodeAt(text.length - 1) === BRACE && text.startsWith(this.beginning);
  }

  /** Counts what goes through to the client unread. */
  private pass(event: WholeEvent): EventFate {
    const { length } = event.text;
    this.isUsageCurrent = false;
    this.contentBytes += length;
    if (this.sampleBytes < SAMPLE_BYTES) {
      this.sample.push(dataOf(event));
      this.sampleBytes += length;
    }
    return PASSES;
  }
}

function textOf(data: string): string {
  try {
    return contentOf(parseAnswer(data));
  } catch {
    return '';
  }
}
