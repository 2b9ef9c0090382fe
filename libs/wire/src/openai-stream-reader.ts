import { DomainError, type Usage } from '@higress/kernel';
import { estimateTokens } from '@higress/pricing';
import { contentOf, hasContent } from './answer-content';
import { readOpenAiUsage } from './answer-usage';
import { EventCutter } from './event-cutter';

const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const BRACE = 0x7d;
const MAX_EVENT_BYTES = 1024 * 1024;
/** How much of the answer is kept to learn how many tokens a byte of it holds, should the provider give no usage. */
const SAMPLE_BYTES = 8 * 1024;
/** The events of one stream begin alike: the field name, the id, or whatever the provider puts first. */
const ALIKE_BYTES = 30;
const EMPTY = Buffer.alloc(0);
const EVENT_END = '\n\n';
const DATA = 'data:';
const USAGE = '"usage"';
const ERROR = '"error"';
const USAGE_NULL = /^"usage"\s*:\s*null/;
const DONE = '[DONE]';

/** What one piece of the provider's stream came to. */
export interface StreamStep {
  /** Whole events for the client, as they came; empty where there is nothing to pass on. */
  readonly forward: Buffer;
  /** True when it held anything but comments: what the idle timeout waits for. */
  readonly useful: boolean;
  /** Why nothing behind `forward` can be read: UPSTREAM_INVALID_RESPONSE for what is no stream of JSON events, or the error that the provider told. */
  readonly fault: DomainError | null;
}

const NOTHING: StreamStep = { forward: EMPTY, useful: false, fault: null };

/**
 * Reads an OpenAI stream that passes through: finds whole events, the usage, the first content and the end, and leaves the bytes alone.
 * Events are parsed until the first content, where they hold usage, and where they begin unlike the first one, as errors and rubbish do;
 * parsing all of them would cost more than relaying them. Takes any line end and any cut. Comments and `[DONE]` are dropped: the gateway
 * keeps alive and ends by itself.
 */
export class OpenAiStreamReader {
  /** True once a non-empty delta, a tool call or a finish has come: from here on nothing is tried elsewhere. */
  committed = false;
  /** True once `[DONE]` was seen: the answer is whole, and whatever follows is nobody's. */
  finished = false;
  /** The last that the provider told. */
  usage: Usage | null = null;
  /** True while no text has come after it. */
  isUsageCurrent = false;
  private readonly cutter = new EventCutter();
  private beginning: string | null = null;
  private readonly sample: Buffer[] = [];
  private sampleBytes = 0;
  private contentBytes = 0;

  /** @param hideUsage true where the client did not ask for the usage chunk, and so must not see it */
  constructor(private readonly hideUsage: boolean) {}

  push(piece: Buffer): StreamStep {
    const step = this.readEvents(this.cutter.push(piece));
    return step.fault || this.finished || this.cutter.heldBytes <= MAX_EVENT_BYTES ? step : { ...step, fault: tooLarge() };
  }

  /** The provider closed its stream. */
  end(): StreamStep {
    return this.readEvents(this.cutter.end());
  }

  /** Tokens answered so far, from what passed: for a provider without usage, and for an answer that broke off. Never throws. */
  estimateOutputTokens(): number {
    if (this.contentBytes === 0) return 0;
    const sampled = this.sample.reduce((tokens, event) => tokens + estimateTokens(textOf(event)), 0);
    return Math.max(1, Math.ceil((sampled * this.contentBytes) / this.sampleBytes));
  }

  private readEvents(bytes: Buffer): StreamStep {
    if (bytes.length === 0) return NOTHING;
    // A character for each byte: text is searched at a fraction of what searching a Buffer costs.
    const text = bytes.toString('latin1');
    const runs: Buffer[] = [];
    let useful = false;
    let fault: DomainError | null = null;
    let start = 0;
    let runStart = 0;
    try {
      let usageAt = findUsage(text, 0);
      let errorAt = findError(text, 0);
      for (let end = text.indexOf(EVENT_END); end !== -1 && !this.finished; end = text.indexOf(EVENT_END, start)) {
        if (usageAt < start) usageAt = findUsage(text, start);
        if (errorAt < start) errorAt = findError(text, start);
        const kind = this.readEvent({ bytes, text, start, end }, usageAt < end, errorAt < end);
        const next = end + EVENT_END.length;
        if (kind !== 'comment') useful = true;
        if (kind !== 'forward') {
          if (start > runStart) runs.push(bytes.subarray(runStart, start));
          runStart = next;
        }
        start = next;
      }
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      fault = error;
    }
    if (start > runStart) runs.push(bytes.subarray(runStart, start));
    return { forward: runs.length === 1 ? (runs[0] as Buffer) : Buffer.concat(runs), useful, fault };
  }

  /** @throws DomainError UPSTREAM_INVALID_RESPONSE, or what the provider told */
  private readEvent({ bytes, text, start, end }: Event, mayHoldUsage: boolean, mayBeError: boolean): 'forward' | 'hide' | 'comment' {
    if (end - start > MAX_EVENT_BYTES) throw tooLarge();
    if (!mayHoldUsage && !mayBeError && this.beginsAlike(text, start, end)) return this.pass(bytes, start + DATA.length, end);
    const data = dataOf(bytes, text, start, end);
    if (data.length === 0) return 'comment';
    if (data.toString('latin1', 0, DONE.length) === DONE) {
      this.finished = true;
      return 'hide';
    }
    const kind = this.readChunk(data, mayHoldUsage);
    if (kind === 'forward' && text.startsWith(DATA, start)) this.beginning ??= bytes.toString('latin1', start, Math.min(end, start + ALIKE_BYTES));
    return kind;
  }

  private readChunk(data: Buffer, mayHoldUsage: boolean): 'forward' | 'hide' {
    const chunk = parseChunk(data);
    if (chunk.error || chunk.object === 'error') throw streamError(chunk);
    const told = readOpenAiUsage(chunk.usage);
    this.usage = told ?? this.usage;
    if (mayHoldUsage && Array.isArray(chunk.choices) && chunk.choices.length === 0) {
      this.isUsageCurrent ||= told !== null;
      return this.hideUsage ? 'hide' : 'forward';
    }
    if (hasContent(chunk)) this.committed = true;
    this.pass(data, 0, data.length);
    this.isUsageCurrent = told !== null;
    return 'forward';
  }

  /** True for an event of one line that needs no parsing. */
  private beginsAlike(text: string, start: number, end: number): boolean {
    return this.committed && this.beginning !== null && text.charCodeAt(end - 1) === BRACE && start + this.beginning.length <= end && text.startsWith(this.beginning, start);
  }

  /** Counts what goes through to the client unread. */
  private pass(bytes: Buffer, from: number, end: number): 'forward' {
    this.isUsageCurrent = false;
    this.contentBytes += end - from;
    if (this.sampleBytes < SAMPLE_BYTES) {
      this.sample.push(Buffer.from(bytes.subarray(from, end)));
      this.sampleBytes += end - from;
    }
    return 'forward';
  }
}

/** Where an event lies in a piece, as bytes and as text of a character for each of them. */
interface Event {
  readonly bytes: Buffer;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

interface Chunk {
  readonly object?: unknown;
  readonly choices?: unknown;
  readonly usage?: unknown;
  readonly error?: unknown;
  readonly message?: unknown;
}

/** An event's data without its field name; empty where it has none. Nearly every event is one line of it. */
function dataOf(bytes: Buffer, text: string, start: number, end: number): Buffer {
  let from = start;
  while (bytes[from] === LF) from++;
  const parts: Buffer[] = [];
  for (let line = from; line < end; ) {
    const lineEnd = bytes.indexOf(LF, line);
    if (text.startsWith(DATA, line)) {
      const data = trimmed(bytes, line + DATA.length, lineEnd);
      if (line === from && lineEnd === end) return data;
      parts.push(data);
    }
    line = lineEnd + 1;
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.from(parts.join('\n'));
}

function trimmed(bytes: Buffer, from: number, end: number): Buffer {
  while (from < end && (bytes[from] === SPACE || bytes[from] === TAB)) from++;
  while (end > from && (bytes[end - 1] === SPACE || bytes[end - 1] === TAB)) end--;
  return bytes.subarray(from, end);
}

/** Where a member may be named `error`, at `from` or behind it; Infinity where none is. Within a text its quotes would be escaped. */
function findError(text: string, from: number): number {
  const at = text.indexOf(ERROR, from);
  return at === -1 ? Infinity : at;
}

/** Where a usage that is not null is named, at `from` or behind it; Infinity where none is. */
function findUsage(text: string, from: number): number {
  for (let at = text.indexOf(USAGE, from); at !== -1; at = text.indexOf(USAGE, at + USAGE.length)) {
    if (!text.startsWith(':null', at + USAGE.length) && !USAGE_NULL.test(text.slice(at, at + 24))) return at;
  }
  return Infinity;
}

/** @throws DomainError UPSTREAM_INVALID_RESPONSE */
function parseChunk(data: Buffer): Chunk {
  let chunk: unknown;
  try {
    chunk = JSON.parse(data.toString('utf8'));
  } catch {
    throw new DomainError('UPSTREAM_INVALID_RESPONSE');
  }
  if (typeof chunk !== 'object' || chunk === null || Array.isArray(chunk)) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
  return chunk;
}

function textOf(data: Buffer): string {
  try {
    return contentOf(parseChunk(data));
  } catch {
    return '';
  }
}

/** The provider's own words stay in the log: they may speak of our account there. */
function streamError(chunk: Chunk): DomainError {
  const { message, code } = (typeof chunk.error === 'object' && chunk.error !== null ? chunk.error : chunk) as { message?: unknown; code?: unknown };
  const upstreamStatus = typeof code === 'number' && code >= 400 && code <= 599 ? code : undefined;
  const cause = typeof message === 'string' ? message.slice(0, 500) : undefined;
  return new DomainError(upstreamStatus === 429 ? 'UPSTREAM_RATE_LIMITED' : 'UPSTREAM_ERROR', { message: 'The provider broke off with an error.', upstreamStatus, cause });
}

function tooLarge(): DomainError {
  return new DomainError('UPSTREAM_INVALID_RESPONSE', { message: 'An event of the provider’s stream is larger than 1 MiB.' });
}
