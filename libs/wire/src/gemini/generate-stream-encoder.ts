import type { CanonicalChunk, CanonicalUsage, DomainError, FinishReason, Part, ToolCallPart } from '@higress/kernel';
import { formatError } from '../format-error';
import { KEEP_ALIVE } from '../sse';
import type { AnswerTarget, StreamEncoder } from '../canonical/dialect-codec';
import type { Json } from '../canonical/fields';
import { NO_CANONICAL_USAGE } from '../canonical/usage-count';
import { writePart } from './content-parts';
import { writeGenerateFinish } from './generate-finish';
import { writeGenerateLogprobs } from './generate-logprobs';
import { writeGenerateUsage } from './generate-usage';
import { writeCitationMetadata } from './grounding';

/** White space between the items of an array means nothing. */
const BLANK = Buffer.from(' ');

/** Gemini's stream, as events or as one array. Calls go out whole: the form knows no pieces of them. */
export class GenerateStreamEncoder implements StreamEncoder {
  private id = '';
  private isFirst = true;
  private usage: CanonicalUsage | null = null;
  private readonly finishes = new Map<number, FinishReason>();
  private readonly calls = new Map<string, ToolCallPart & { choice: number }>();

  constructor(private readonly target: AnswerTarget) {}

  push(chunks: readonly CanonicalChunk[]): Buffer {
    let out = '';
    for (const chunk of chunks) out += this.write(chunk);
    return Buffer.from(out);
  }

  end(): Buffer {
    let out = this.flush();
    if (this.finishes.size === 0) this.finishes.set(0, 'stop');
    const candidates = [...this.finishes].map(([index, reason]) => ({ content: { role: 'model', parts: [] }, finishReason: writeGenerateFinish(reason), index }));
    out += this.event({ candidates, usageMetadata: writeGenerateUsage(this.usage ?? NO_CANONICAL_USAGE) });
    return Buffer.from(this.target.asArray ? `${out}]` : out);
  }

  fail(error: DomainError): Buffer {
    const text = JSON.stringify(formatError('gemini', error, this.target.requestId));
    if (!this.target.asArray) return Buffer.from(`data: ${text}\n\n`);
    return Buffer.from(`${this.isFirst ? '[' : ',\r\n'}${text}]`);
  }

  keepAlive(): Buffer {
    return this.target.asArray ? BLANK : KEEP_ALIVE;
  }

  private write(chunk: CanonicalChunk): string {
    switch (chunk.type) {
      case 'start':
        this.id = chunk.id;
        return '';
      case 'usage':
        this.usage = chunk.usage;
        return '';
      case 'finish': {
        this.finishes.set(chunk.choice, chunk.reason);
        return this.flush();
      }
      case 'tool_call':
        return this.gather(chunk);
      case 'citation': {
        const metadata = writeCitationMetadata([chunk.citation]);
        return Object.keys(metadata).length === 0 ? '' : this.candidate(chunk.choice, [], metadata);
      }
      case 'logprobs':
        return this.candidate(chunk.choice, [], { logprobsResult: writeGenerateLogprobs(chunk.tokens) });
      default: {
        const part = partOf(chunk);
        const written = part ? writePart(part) : undefined;
        return written ? this.flush() + this.candidate(chunk.choice, [written]) : '';
      }
    }
  }

  private gather(chunk: Extract<CanonicalChunk, { type: 'tool_call' }>): string {
    const key = `${chunk.choice} ${chunk.index}`;
    const known = this.calls.get(key);
    if (known) this.calls.set(key, { ...known, arguments: known.arguments + chunk.arguments, signature: chunk.signature ?? known.signature });
    else this.calls.set(key, { type: 'tool_call', choice: chunk.choice, id: chunk.id ?? '', name: chunk.name ?? '', arguments: chunk.arguments, signature: chunk.signature });
    return '';
  }

  private flush(): string {
    if (this.calls.size === 0) return '';
    let out = '';
    for (const { choice, ...call } of this.calls.values()) out += this.candidate(choice, [writePart(call) as Json]);
    this.calls.clear();
    return out;
  }

  private candidate(index: number, parts: readonly Json[], more?: Json): string {
    return this.event({ candidates: [{ content: { role: 'model', parts }, index, ...more }] });
  }

  private event(answer: Json): string {
    const text = JSON.stringify({ ...answer, modelVersion: this.target.model, responseId: this.id || this.target.requestId });
    const before = this.isFirst ? '[' : ',\r\n';
    this.isFirst = false;
    return this.target.asArray ? before + text : `data: ${text}\n\n`;
  }
}

function partOf(chunk: Extract<CanonicalChunk, { type: 'text' | 'refusal' | 'reasoning' | 'image' | 'audio' | 'opaque' }>): Part | undefined {
  switch (chunk.type) {
    case 'text':
    case 'refusal':
      return chunk.text === '' ? undefined : { type: 'text', text: chunk.text };
    case 'reasoning':
      return { type: 'reasoning', text: chunk.text, signature: chunk.signature, redacted: chunk.redacted };
    case 'image':
      return { type: 'image', source: chunk.source };
    case 'audio':
      return chunk.data ? { type: 'audio', source: { kind: 'data', mediaType: 'audio/pcm', data: chunk.data } } : undefined;
    case 'opaque':
      return { type: 'opaque', dialect: chunk.dialect, value: chunk.value };
  }
}
