import type { DomainError, Usage } from '@higress/kernel';
import type { StreamEnding, StreamReader, StreamStep } from '../canonical/stream-reader';

const EMPTY = Buffer.alloc(0);

/** Sound on its way to a client, as it is: nothing of ours fits between its bytes. So it has no keep-alive, and breaks off by being cut. */
export class PassedSound implements StreamReader, StreamEnding {
  committed = false;
  finished = false;
  readonly isUsageCurrent = true;

  /** @param used what it is charged as soon as there is any */
  constructor(private readonly used: Usage) {}

  get usage(): Usage | null {
    return this.committed ? this.used : null;
  }

  estimateOutputTokens(): number {
    return 0;
  }

  push(piece: Buffer): StreamStep {
    if (piece.length > 0) this.committed = true;
    return { forward: piece, useful: piece.length > 0, fault: null };
  }

  end(): StreamStep {
    this.finished = this.committed;
    return { forward: EMPTY, useful: false, fault: null };
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
