import { isAscii } from 'node:buffer';
import { DomainError } from '@higress/kernel';
import type { StreamStep } from './canonical/stream-reader';
import { EventCutter } from './event-cutter';

const MIB = 1024 * 1024;
const EMPTY = Buffer.alloc(0);
const EVENT_END = '\n\n';
const DATA = 'data:';
const NOTHING: StreamStep = { forward: EMPTY, useful: false, fault: null };

/** A whole event of a stream, without the empty line that ends it. */
export interface WholeEvent {
  /** A character for each byte: text is searched at a fraction of what searching a Buffer costs. */
  readonly text: string;
  /** What it came in, and where in that it begins. */
  readonly within: WholeBytes;
  readonly start: number;
}

/** What becomes of an event that was read. */
export interface EventFate {
  /** What the client gets of it: all as it came, nothing, or these bytes in its place. */
  readonly forward: boolean | Buffer;
  /** False for a comment or a ping, which is no sign that an answer goes on. */
  readonly useful: boolean;
  /** True where whatever follows is nobody's. */
  readonly isLast: boolean;
}

export const PASSES: EventFate = { forward: true, useful: true, isLast: false };
export const PASSES_IDLY: EventFate = { forward: true, useful: false, isLast: false };
export const HIDDEN: EventFate = { forward: false, useful: true, isLast: false };
export const HIDDEN_IDLE: EventFate = { forward: false, useful: false, isLast: false };
export const LAST: EventFate = { forward: false, useful: true, isLast: true };

/** The walk over a provider's stream of server-sent events: each is cut out once, shown to its reader as soon as it is whole, and goes where that says. Takes any line end and any cut. */
export class EventWalk {
  private readonly cutter = new EventCutter();
  private isOver = false;

  /** @param read what becomes of an event; throws a DomainError where neither it nor anything behind it can be read */
  constructor(
    private readonly read: (event: WholeEvent) => EventFate,
    private readonly maxEventBytes = MIB,
  ) {}

  push(piece: Buffer): StreamStep {
    const step = this.walk(this.cutter.push(piece));
    return step.fault || this.isOver || this.cutter.heldBytes <= this.maxEventBytes ? step : { ...step, fault: this.tooLarge() };
  }

  /** The provider closed its stream: an event that it did not end counts. */
  end(): StreamStep {
    return this.walk(this.cutter.end());
  }

  private walk(bytes: Buffer): StreamStep {
    if (bytes.length === 0) return NOTHING;
    const within = new WholeBytes(bytes);
    const { text } = within;
    const runs: Buffer[] = [];
    let useful = false;
    let fault: DomainError | null = null;
    let start = 0;
    let runStart = 0;
    try {
      for (let end = text.indexOf(EVENT_END); end !== -1 && !this.isOver; end = text.indexOf(EVENT_END, start)) {
        if (end - start > this.maxEventBytes) throw this.tooLarge();
        const fate = this.read({ text: text.slice(start, end), within, start });
        const next = end + EVENT_END.length;
        if (fate.useful) useful = true;
        this.isOver = fate.isLast;
        if (fate.forward !== true) {
          if (start > runStart) runs.push(bytes.subarray(runStart, start));
          if (fate.forward) runs.push(fate.forward);
          runStart = next;
        }
        start = next;
      }
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      fault = error;
    }
    // Nearly always all of it goes on.
    if (runStart === 0 && start === bytes.length) return { forward: bytes, useful, fault };
    if (start > runStart) runs.push(bytes.subarray(runStart, start));
    return { forward: runs.length < 2 ? (runs[0] ?? EMPTY) : Buffer.concat(runs), useful, fault };
  }

  private tooLarge(): DomainError {
    return new DomainError('UPSTREAM_INVALID_RESPONSE', { message: `An event of the provider’s stream is larger than ${this.maxEventBytes / MIB} MiB.` });
  }
}

/** Bytes of whole events, and the same with a character for each. */
class WholeBytes {
  readonly text: string;
  private isAscii: boolean | undefined;

  constructor(readonly bytes: Buffer) {
    this.text = bytes.toString('latin1');
  }

  /** What stands between two places, in characters as they were meant. Most of what passes is ASCII, which the text has already. */
  utf8(from: number, end: number): string {
    this.isAscii ??= isAscii(this.bytes);
    return this.isAscii ? this.text.slice(from, end) : this.bytes.toString('utf8', from, end);
  }
}

/** An event's data without its field name; empty where it has none. Nearly every event is one line of it, with or without a line that names it. */
export function dataOf({ text, within, start }: WholeEvent): string {
  let data = '';
  for (let line = 0, end: number; line < text.length; line = end + 1) {
    const newline = text.indexOf('\n', line);
    end = newline === -1 ? text.length : newline;
    if (!text.startsWith(DATA, line)) continue;
    const part = within.utf8(start + line + DATA.length, start + end).trim();
    data = data === '' ? part : `${data}\n${part}`;
  }
  return data;
}

/** An event as it came, with the empty line that ends it. */
export function bytesOf({ text, within, start }: WholeEvent): Buffer {
  return within.bytes.subarray(start, start + text.length + EVENT_END.length);
}
