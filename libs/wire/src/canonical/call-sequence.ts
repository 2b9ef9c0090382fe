import type { CanonicalChunk } from '@higress/kernel';
import { GrowingJson } from './growing-json';

type CallChunk = Extract<CanonicalChunk, { type: 'tool_call' }>;

/**
 * Puts the pieces of tool calls one call after the other, for a dialect whose blocks follow one another. Providers nearly always send them so;
 * where two calls are interleaved, the later waits until the arguments of the earlier are whole.
 */
export class CallSequence {
  private waiting: CallChunk[] = [];
  private open: { readonly index: number; readonly text: GrowingJson } | undefined;

  /** The pieces that may go out now, in order. */
  push(chunk: CallChunk): CallChunk[] {
    this.open ??= { index: chunk.index, text: new GrowingJson() };
    if (chunk.index === this.open.index) {
      this.open.text.push(chunk.arguments);
      return this.waiting.length === 0 ? [chunk] : [chunk, ...this.next()];
    }
    this.waiting.push(chunk);
    return this.next();
  }

  /** What still waits, each call whole; nothing will follow. */
  end(): CallChunk[] {
    this.open = undefined;
    const last = this.waiting.sort((a, b) => a.index - b.index);
    this.waiting = [];
    return last;
  }

  private next(): CallChunk[] {
    const out: CallChunk[] = [];
    while (this.waiting.length > 0 && this.open?.text.isWhole) {
      const { index } = this.waiting[0] as CallChunk;
      const mine = this.waiting.filter((chunk) => chunk.index === index);
      this.waiting = this.waiting.filter((chunk) => chunk.index !== index);
      this.open = { index, text: new GrowingJson() };
      for (const chunk of mine) this.open.text.push(chunk.arguments);
      out.push(...mine);
    }
    return out;
  }
}
