import { DomainError, type Usage } from '@higress/kernel';
import { isObject } from '../canonical/fields';
import { openAiEnding } from '../canonical/openai-ending';
import { streamError } from '../canonical/stream-error';
import type { StreamEnding, StreamReader } from '../canonical/stream-reader';
import { asComment } from '../canonical/translated-stream';
import { EventCutter } from '../event-cutter';
import type { StreamStep } from '../openai-stream-reader';
import { OPENAI_DONE } from '../sse';
import type { MediaTally } from './media-tally';

const EMPTY = Buffer.alloc(0);
const EVENT_END = Buffer.from('\n\n');
const DATA = /^data:[ \t]?(.*)$/gm;
/** A picture comes in one event. */
const MAX_EVENT_BYTES = 32 * 1024 * 1024;

/** OpenAI's stream of pictures, sound or words heard: its events pass as they are, and are only read for what they tell of content, usage and faults. It ends where its provider ends it. */
export class MediaEventStream implements StreamReader, StreamEnding {
  committed = false;
  finished = false;
  readonly isUsageCurrent = true;
  private readonly cutter = new EventCutter();
  private readonly ending: StreamEnding;
  private last = EMPTY;

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
    const step = this.read(this.cutter.push(piece));
    if (step.fault || this.cutter.heldBytes <= MAX_EVENT_BYTES) return step;
    return { ...step, fault: new DomainError('UPSTREAM_INVALID_RESPONSE', { message: 'An event of the provider’s stream is too large.' }) };
  }

  end(): StreamStep {
    const step = this.read(this.cutter.end());
    this.finished = this.committed && step.fault === null;
    return step;
  }

  keepAlive(): Buffer | null {
    return this.ending.keepAlive();
  }

  whole(aside: Readonly<Record<string, unknown>> | null): Buffer {
    return aside ? Buffer.concat([asComment(aside), this.last]) : this.last;
  }

  broken(error: DomainError): Buffer | null {
    return this.ending.broken(error);
  }

  private read(bytes: Buffer): StreamStep {
    let start = 0;
    let useful = false;
    for (let end = bytes.indexOf(EVENT_END); end !== -1 && !this.finished; end = bytes.indexOf(EVENT_END, start)) {
      const next = end + EVENT_END.length;
      const fault = this.readEvent(bytes.subarray(start, end));
      if (fault) return { forward: bytes.subarray(0, start), useful, fault };
      if (this.finished) break;
      useful ||= bytes[start] !== 0x3a;
      start = next;
    }
    return { forward: bytes.subarray(0, start), useful, fault: null };
  }

  /** Why nothing behind this event can be read, or null. */
  private readEvent(event: Buffer): DomainError | null {
    const data = [...event.toString('utf8').matchAll(DATA)].map(([, line]) => line).join('\n');
    if (data === '') return null;
    if (data === '[DONE]') {
      this.finished = true;
      this.last = OPENAI_DONE;
      return null;
    }
    const told = parsed(data);
    if (!isObject(told)) return new DomainError('UPSTREAM_INVALID_RESPONSE');
    if (told.error || told.type === 'error') return streamError(isObject(told.error) ? told.error : told);
    if (this.tally.note(told)) this.committed = true;
    return null;
  }
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
