import { DomainError, type Usage } from '@higress/kernel';
import type { StreamEnding, StreamReader, StreamStep } from '../canonical/stream-reader';

const EMPTY = Buffer.alloc(0);

/** The answer of a provider that was asked for a stream and has none: it comes whole, at its end. */
export class WholeInStream implements StreamReader, StreamEnding {
  committed = false;
  finished = false;
  usage: Usage | null = null;
  readonly isUsageCurrent = true;
  private readonly pieces: Buffer[] = [];

  /** @param read the usage of the whole answer. It throws a DomainError where it is none. */
  constructor(private readonly read: (bytes: Buffer) => Usage) {}

  estimateOutputTokens(): number {
    return 0;
  }

  push(piece: Buffer): StreamStep {
    this.pieces.push(piece);
    return { forward: EMPTY, useful: true, fault: null };
  }

  end(): StreamStep {
    const forward = Buffer.concat(this.pieces);
    try {
      this.usage = this.read(forward);
    } catch (thrown) {
      return { forward: EMPTY, useful: false, fault: thrown instanceof DomainError ? thrown : new DomainError('INTERNAL_ERROR', { cause: thrown }) };
    }
    this.committed = this.finished = true;
    return { forward, useful: true, fault: null };
  }

  keepAlive(): null {
    return null;
  }

  whole(): Buffer {
    return EMPTY;
  }

  broken(_error: DomainError): null {
    return null;
  }
}
