import type { CanonicalChunk } from '@higress/kernel';

type CallChunk = Extract<CanonicalChunk, { type: 'tool_call' }>;

/**
 * Puts the pieces of tool calls one call after the other, for a dialect whose blocks follow one another. Providers nearly always send them so;
 * where two calls are interleaved, the later waits until the arguments of the earlier are whole.
 */
export class CallSequence {
  private readonly waiting: CallChunk[] = [];
  private open: { readonly index: number; text: string } | undefined;

  /** The pieces that may go out now, in order. */
  push(chunk: CallChunk): CallChunk[] {
    if (!this.open) this.open = { index: chunk.index, text: '' };
    if (chunk.index === this.open.index) {
      this.open.text += chunk.arguments;
      return this.waiting.length === 0 ? [chunk] : [chunk, ...this.next()];
    }
    this.waiting.push(chunk);
    return this.next();
  }

  /** What still waits, each call whole; nothing will follow. */
  end(): CallChunk[] {
    this.open = undefined;
    return this.waiting.splice(0).sort((a, b) => a.index - b.index);
  }

  private next(): CallChunk[] {
    const out: CallChunk[] = [];
    while (this.waiting.length > 0 && this.open && isWhole(this.open.text)) {
      const { index } = this.waiting[0] as CallChunk;
      const mine = this.waiting.filter((chunk) => chunk.index === index);
      const others = this.waiting.filter((chunk) => chunk.index !== index);
      this.waiting.splice(0, this.waiting.length, ...others);
      this.open = { index, text: mine.map((chunk) => chunk.arguments).join('') };
      out.push(...mine);
    }
    return out;
  }
}

function isWhole(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
