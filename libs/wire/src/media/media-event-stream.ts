import type { DomainError, Usage } from '@higress/kernel';
import { isObject, type Json } from '../canonical/fields';
import { parseAnswer } from '../canonical/loose';
import { openAiEnding } from '../canonical/openai-ending';
import { streamError } from '../canonical/stream-error';
import type { StreamEnding, StreamReader, StreamStep } from '../canonical/stream-reader';
import { dataOf, type EventFate, EventWalk, LAST, PASSES, PASSES_IDLY, type WholeEvent } from '../event-walk';
import { OPENAI_DONE, withAside } from '../sse';
import type { MediaTally } from './media-tally';

/** A picture comes in one event. */
const MAX_EVENT_BYTES = 32 * 1024 * 1024;

/** OpenAI's stream of pictures, sound or words heard: its events pass as they are, and are only read for what they tell of content, usage and faults. It ends where its provider ends it. */
export class MediaEventStream implements StreamReader, StreamEnding {
  committed = false;
  finished = false;
  readonly isUsageCurrent = true;
  private readonly walk = new EventWalk((event) => this.readEvent(event), MAX_EVENT_BYTES);
  private readonly ending: StreamEnding;
  private last = Buffer.alloc(0);

  constructor(
    private readonly tally: MediaTally,
    requestId: string,
  ) {
    this.ending = openAiEnding(requestId);
  }

  get usage(): Usage | null {
    return this.committed ? this.tally.usage : null;
  }

  estimateOutputTokens(): number {
    return 0;
  }

  push(piece: Buffer): StreamStep {
    return this.walk.push(piece);
  }

  end(): StreamStep {
    const step = this.walk.end();
    this.finished = this.committed && step.fault === null;
    return step;
  }

  keepAlive(): Buffer | null {
    return this.ending.keepAlive();
  }

  whole(aside: Readonly<Record<string, unknown>> | null): Buffer {
    return withAside(aside, this.last);
  }

  broken(error: DomainError): Buffer | null {
    return this.ending.broken(error);
  }

  private readEvent(event: WholeEvent): EventFate {
    const data = dataOf(event);
    if (data === '[DONE]') {
      this.finished = true;
      this.last = OPENAI_DONE;
      return LAST;
    }
    if (data !== '') this.note(parseAnswer(data));
    return event.text.startsWith(':') ? PASSES_IDLY : PASSES;
  }

  /** @throws DomainError what the provider told */
  private note(told: Json): void {
    if (told.error || told.type === 'error') throw streamError(isObject(told.error) ? told.error : told);
    if (this.tally.note(told)) this.committed = true;
  }
}
