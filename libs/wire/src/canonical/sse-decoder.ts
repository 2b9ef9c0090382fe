import { type CanonicalChunk, DomainError } from '@higress/kernel';
import { EventCutter } from '../event-cutter';
import type { DecodedPiece, StreamDecoder } from './dialect-codec';
import type { Json } from './fields';
import { parseAnswer } from './loose';

const MAX_EVENT_BYTES = 1024 * 1024;
const EVENT_END = '\n\n';
const DATA_LINE = '\ndata:';
const FIELD_LENGTH = 'data:'.length;
const NOTHING_CAME: DecodedPiece = { chunks: [], useful: false, fault: null };

/** Reads server-sent events of JSON; a dialect says what one of them means. Any line end, any cut; bytes are text only when an event is whole. */
export abstract class SseDecoder implements StreamDecoder {
  finished = false;
  private readonly cutter = new EventCutter();

  push(piece: Buffer): DecodedPiece {
    const step = this.readEvents(this.cutter.push(piece));
    if (step.fault || this.finished || this.cutter.heldBytes <= MAX_EVENT_BYTES) return step;
    return { ...step, fault: new DomainError('UPSTREAM_INVALID_RESPONSE', { message: 'An event of the provider’s stream is larger than 1 MiB.' }) };
  }

  end(): DecodedPiece {
    const step = this.readEvents(this.cutter.end());
    if (step.fault) return step;
    const last: CanonicalChunk[] = [];
    this.closed((chunk) => last.push(chunk));
    return last.length === 0 ? step : { ...step, chunks: [...step.chunks, ...last] };
  }

  /** @returns true where the event counts as a sign of life. @throws DomainError where nothing behind it can be read */
  protected abstract event(data: Json, emit: (chunk: CanonicalChunk) => void): boolean;

  /** The stream is over; whatever was kept back for its end comes now. */
  protected closed(_emit: (chunk: CanonicalChunk) => void): void {}

  private readEvents(bytes: Buffer): DecodedPiece {
    if (bytes.length === 0) return NOTHING_CAME;
    const chunks: CanonicalChunk[] = [];
    const emit = (chunk: CanonicalChunk) => void chunks.push(chunk);
    let useful = false;
    try {
      const text = bytes.toString('utf8');
      for (let start = 0, end = text.indexOf(EVENT_END); end !== -1 && !this.finished; start = end + EVENT_END.length, end = text.indexOf(EVENT_END, start)) {
        const data = dataOf(text, start, end);
        if (data === '') continue;
        if (data === '[DONE]') this.finished = true;
        else if (this.event(parseAnswer(data), emit)) useful = true;
      }
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return { chunks, useful, fault: error };
    }
    return { chunks, useful: useful || this.finished, fault: null };
  }
}

/** The data of the event between `start` and `end`, without its field name. Nearly every event is one line of it, with or without a line that names it. */
function dataOf(text: string, start: number, end: number): string {
  let line = start;
  if (!text.startsWith('data:', start)) {
    const before = text.indexOf(DATA_LINE, start);
    if (before === -1 || before >= end) return '';
    line = before + 1;
  }
  if (text.indexOf('\n', line) === end) return text.slice(line + FIELD_LENGTH, end).trim();
  let data = '';
  for (const each of text.slice(start, end).split('\n')) if (each.startsWith('data:')) data += (data === '' ? '' : '\n') + each.slice(FIELD_LENGTH).trim();
  return data;
}
