import { type CanonicalChunk, DomainError, isContent, type Usage } from '@higress/kernel';
import { estimateTokens } from '@higress/pricing';

/** How much of the answer is kept to learn how many tokens a letter of it holds, should the provider give no usage. */
const SAMPLE_CHARS = 8 * 1024;

/** What a stream that is read chunk by chunk has come to. */
export class StreamGauge {
  /** True once content has come: from here on nothing is tried elsewhere. */
  committed = false;
  /** True once the provider has said that an answer is over, and why. */
  concluded = false;
  /** The last that the provider told. */
  usage: Usage | null = null;
  /** True while no text has come after it. */
  isUsageCurrent = false;
  private sample = '';
  private chars = 0;

  note(chunk: CanonicalChunk): void {
    if (chunk.type === 'finish') this.concluded = true;
    if (chunk.type === 'usage') {
      this.usage = chunk.usage;
      this.isUsageCurrent = true;
      return;
    }
    if (!isContent(chunk)) return;
    this.committed = true;
    const text = textOf(chunk);
    if (text === '') return;
    this.isUsageCurrent = false;
    this.chars += text.length;
    if (this.sample.length < SAMPLE_CHARS) this.sample += text;
  }

  /** Tokens answered so far, from what passed. */
  estimateOutputTokens(): number {
    return this.chars === 0 ? 0 : Math.max(1, Math.ceil((estimateTokens(this.sample) * this.chars) / this.sample.length));
  }
}

/** What is wrong with a stream that ends here: a provider may leave its last event out, but not the end of its answer. */
export function cutShort(gauge: StreamGauge): DomainError | null {
  if (gauge.concluded || !gauge.committed) return null;
  return new DomainError('UPSTREAM_INVALID_RESPONSE', { message: 'The provider’s stream ended before its answer did.' });
}

function textOf(chunk: CanonicalChunk): string {
  switch (chunk.type) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return chunk.text;
    case 'tool_call':
      return (chunk.name ?? '') + chunk.arguments;
    case 'audio':
      return chunk.transcript ?? '';
    default:
      return '';
  }
}
