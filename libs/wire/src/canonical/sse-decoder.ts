import type { CanonicalChunk } from '@higress/kernel';
import { dataOf, EventWalk, HIDDEN, HIDDEN_IDLE, LAST, type WholeEvent } from '../event-walk';
import type { DecodedPiece, EventDecoder } from './dialect-codec';
import type { Json } from './fields';
import { parseAnswer } from './loose';
import type { StreamStep } from './stream-reader';

type Emit = (chunk: CanonicalChunk) => void;

/** Reads server-sent events of JSON; a dialect says what one of them means. */
export abstract class SseDecoder implements EventDecoder {
  finished = false;
  private chunks: CanonicalChunk[] = [];
  private readonly walk = new EventWalk((event) => {
    const useful = this.readEvent(event, (chunk) => void this.chunks.push(chunk));
    return this.finished ? LAST : useful ? HIDDEN : HIDDEN_IDLE;
  });

  push(piece: Buffer): DecodedPiece {
    return this.decoded(this.walk.push(piece));
  }

  end(): DecodedPiece {
    return this.decoded(this.walk.end());
  }

  readEvent(event: WholeEvent, emit: Emit): boolean {
    const data = dataOf(event);
    if (data === '') return false;
    if (data !== '[DONE]') return this.event(parseAnswer(data), emit);
    this.finished = true;
    return true;
  }

  /** @returns true where the event counts as a sign of life. @throws DomainError where nothing behind it can be read */
  protected abstract event(data: Json, emit: Emit): boolean;

  private decoded({ useful, fault }: StreamStep): DecodedPiece {
    const { chunks } = this;
    this.chunks = [];
    return { chunks, useful, fault };
  }
}
