import { DomainError, type Usage } from '@higress/kernel';
import { estimateTokens } from '@higress/pricing';
import { readOpenAiUsage } from './answer-usage';

const LF = 0x0a;
const CR = 0x0d;
const MAX_EVENT_BYTES = 1024 * 1024;
/** How much of the answer is kept to learn how many tokens a byte of it holds, should the provider give no usage. */
const SAMPLE_BYTES = 8 * 1024;
const EVENT_END = Buffer.from('\n\n');
const DATA = Buffer.from('data:');
const USAGE = Buffer.from('"usage"');
const DONE = Buffer.from('[DONE]');
const ERROR_START = /^\s*\{\s*"error"\s*:/;

/** What one piece of the provider's stream came to. */
export interface StreamStep {
  /** Whole events for the client, as they came; empty where there is nothing to pass on. */
  readonly forward: Buffer;
  /** True when it held anything but comments: what the idle timeout waits for. */
  readonly useful: boolean;
}

const NOTHING: StreamStep = { forward: Buffer.alloc(0), useful: false };

/**
 * Reads an OpenAI stream that passes through: finds whole events, the usage, the first content and the end, and leaves the bytes alone.
 * Events are parsed only until the first content and where they hold usage, because parsing all of them costs more than relaying them.
 * Takes any line end and any cut. Comments and `[DONE]` are dropped: the gateway keeps alive and ends by itself.
 */
export class OpenAiStreamReader {
  /** True once a non-empty delta, a tool call or a finish has come: from here on nothing is tried elsewhere. */
  committed = false;
  /** True once `[DONE]` or a finish reason was seen: the answer is whole. */
  finished = false;
  usage: Usage | null = null;
  private carry: Buffer | null = null;
  private afterCr = false;
  private readonly sample: Buffer[] = [];
  private sampleBytes = 0;
  private contentBytes = 0;

  /** @param hideUsage true where the client did not ask for the usage chunk, and so must not see it */
  constructor(private readonly hideUsage: boolean) {}

  /**
   * @throws DomainError UPSTREAM_INVALID_RESPONSE for what is not a stream of JSON events, UPSTREAM_ERROR for an error event
   */
  push(piece: Buffer): StreamStep {
    const bytes = this.join(this.normalise(piece));
    let start = 0;
    let runStart = 0;
    let useful = false;
    const runs: Buffer[] = [];
    for (;;) {
      const end = bytes.indexOf(EVENT_END, start);
      if (end === -1) break;
      const next = end + EVENT_END.length;
      const kind = this.readEvent(bytes, start, end);
      if (kind !== 'comment') useful = true;
      if (kind !== 'forward') {
        if (start > runStart) runs.push(bytes.subarray(runStart, start));
        runStart = next;
      }
      start = next;
    }
    if (start > runStart) runs.push(bytes.subarray(runStart, start));
    this.carry = start < bytes.length ? bytes.subarray(start) : null;
    if (this.carry && this.carry.length > MAX_EVENT_BYTES) throw new DomainError('UPSTREAM_INVALID_RESPONSE', { message: 'An event of the provider’s stream is larger than 1 MiB.' });
    if (runs.length === 0) return useful ? { forward: NOTHING.forward, useful } : NOTHING;
    return { forward: runs.length === 1 ? (runs[0] as Buffer) : Buffer.concat(runs), useful };
  }

  /** The provider closed its stream: an event without its final newline still counts. */
  end(): StreamStep {
    const left = this.carry;
    this.carry = null;
    if (!left || left.toString('latin1').trim() === '') return NOTHING;
    return this.push(Buffer.concat([left.at(-1) === LF ? left.subarray(0, -1) : left, EVENT_END]));
  }

  /** Tokens answered so far, from what passed: for a provider without usage, and for an answer that broke off. */
  estimateOutputTokens(): number {
    if (this.contentBytes === 0) return 0;
    const sampled = this.sample.reduce((tokens, event) => tokens + estimateTokens(contentOf(parseEvent(event))), 0);
    return Math.max(1, Math.ceil((sampled * this.contentBytes) / this.sampleBytes));
  }

  /** Any line end becomes LF: inside JSON a raw CR cannot stand. */
  private normalise(piece: Buffer): Buffer {
    const cut = this.afterCr && piece[0] === LF ? piece.subarray(1) : piece;
    if (piece.length > 0) this.afterCr = false;
    if (cut.indexOf(CR) === -1) return cut;
    this.afterCr = cut.at(-1) === CR;
    return Buffer.from(cut.toString('latin1').replace(/\r\n?/g, '\n'), 'latin1');
  }

  private join(piece: Buffer): Buffer {
    const joined = this.carry ? Buffer.concat([this.carry, piece]) : piece;
    this.carry = null;
    return joined;
  }

  private readEvent(bytes: Buffer, start: number, end: number): 'forward' | 'hide' | 'comment' {
    let from = start;
    while (bytes[from] === LF) from++;
    if (!startsWith(bytes, from, end, DATA)) {
      from = dataLine(bytes, from, end);
      if (from === -1) return 'comment';
    }
    from += DATA.length;
    if (startsWith(bytes, from + (bytes[from] === 0x20 ? 1 : 0), end, DONE)) {
      this.finished = true;
      return 'hide';
    }
    return this.readChunk(bytes.subarray(from, end));
  }

  private readChunk(data: Buffer): 'forward' | 'hide' {
    if (data.at(-1) !== 0x7d) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
    if (ERROR_START.test(data.toString('latin1', 0, 32))) throw streamError(parseEvent(data));
    const usageAt = data.indexOf(USAGE);
    const mayHoldUsage = usageAt !== -1 && !/^"usage"\s*:\s*null/.test(data.toString('latin1', usageAt, usageAt + 24));
    let usageOnly = false;
    if (!this.committed || mayHoldUsage) {
      const chunk = parseEvent(data);
      this.usage = readOpenAiUsage(chunk.usage) ?? this.usage;
      usageOnly = mayHoldUsage && Array.isArray(chunk.choices) && chunk.choices.length === 0;
      if (hasContent(chunk)) this.committed = true;
    }
    if (usageOnly) return this.hideUsage ? 'hide' : 'forward';
    if (!this.finished && data.includes('"finish_reason":"')) this.finished = true;
    this.keepSample(data);
    return 'forward';
  }

  private keepSample(data: Buffer): void {
    this.contentBytes += data.length;
    if (this.sampleBytes >= SAMPLE_BYTES) return;
    this.sample.push(Buffer.from(data));
    this.sampleBytes += data.length;
  }
}

interface Chunk {
  readonly choices?: unknown;
  readonly usage?: unknown;
  readonly error?: unknown;
}

function startsWith(bytes: Buffer, from: number, end: number, prefix: Buffer): boolean {
  if (end - from < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[from + i] !== prefix[i]) return false;
  return true;
}

/** Where the `data:` line of an event begins that has other lines before it, or -1. */
function dataLine(bytes: Buffer, start: number, end: number): number {
  for (let line = start; line !== 0 && line < end; line = bytes.indexOf(LF, line) + 1) if (startsWith(bytes, line, end, DATA)) return line;
  return -1;
}

/** @throws DomainError UPSTREAM_INVALID_RESPONSE */
function parseEvent(data: Buffer): Chunk {
  let chunk: unknown;
  try {
    chunk = JSON.parse(data.toString('utf8'));
  } catch {
    throw new DomainError('UPSTREAM_INVALID_RESPONSE');
  }
  if (typeof chunk !== 'object' || chunk === null) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
  return chunk;
}

function streamError({ error }: Chunk): DomainError {
  const { message } = (typeof error === 'object' && error !== null ? error : {}) as { message?: unknown };
  return new DomainError('UPSTREAM_ERROR', { message: typeof message === 'string' ? `The provider broke off: ${message.slice(0, 500)}` : undefined });
}

function choicesOf(chunk: Chunk): { delta?: Record<string, unknown>; message?: Record<string, unknown>; finish_reason?: unknown }[] {
  return Array.isArray(chunk.choices) ? chunk.choices.filter((choice) => typeof choice === 'object' && choice !== null) : [];
}

function hasContent(chunk: Chunk): boolean {
  return choicesOf(chunk).some(({ delta, finish_reason: finish }) => {
    if (finish !== undefined && finish !== null) return true;
    return delta !== undefined && Object.entries(delta ?? {}).some(([name, value]) => name !== 'role' && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0));
  });
}

/** The text that a chunk or an answer adds: content, refusal, reasoning and the arguments of tool calls. */
export function contentOf(chunk: { readonly choices?: unknown }): string {
  let text = '';
  for (const choice of choicesOf(chunk)) {
    const part = choice.delta ?? choice.message;
    for (const [name, value] of Object.entries(part ?? {})) {
      if (name === 'role') continue;
      if (typeof value === 'string') text += value;
      else if (Array.isArray(value)) for (const call of value) text += callText(call);
    }
  }
  return text;
}

function callText(call: unknown): string {
  const { function: target } = (call ?? {}) as { function?: { name?: unknown; arguments?: unknown } };
  return `${typeof target?.name === 'string' ? target.name : ''}${typeof target?.arguments === 'string' ? target.arguments : ''}`;
}
