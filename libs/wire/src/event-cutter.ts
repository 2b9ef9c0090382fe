import { HeldBytes } from './held-bytes';

const LF = 0x0a;
const CR = 0x0d;
const EVENT_END = Buffer.from('\n\n');
const EMPTY = Buffer.alloc(0);

/** Cuts a stream of server-sent events where one ends, whatever its line ends and wherever it arrives in pieces. */
export class EventCutter {
  private readonly held = new HeldBytes();
  private afterCr = false;

  /** Bytes of the event that has not ended yet: for the caller to bound. */
  get heldBytes(): number {
    return this.held.length;
  }

  /** All events that are whole now, their lines ended by LF; empty where none is. */
  push(piece: Buffer): Buffer {
    const bytes = this.withLf(piece);
    const end = this.endOfLastEvent(bytes);
    if (end === 0) {
      this.held.add(bytes);
      return EMPTY;
    }
    // Most pieces end where an event does.
    if (end === bytes.length) return this.held.take(bytes);
    const whole = this.held.take(bytes.subarray(0, end));
    this.held.add(bytes.subarray(end));
    return whole;
  }

  /** The stream is over: an event without its final newline still counts. */
  end(): Buffer {
    return this.held.length === 0 ? EMPTY : this.held.take(EVENT_END);
  }

  /** Any line end becomes LF: inside JSON a raw CR cannot stand. */
  private withLf(piece: Buffer): Buffer {
    const cut = this.afterCr && piece[0] === LF ? piece.subarray(1) : piece;
    if (piece.length > 0) this.afterCr = false;
    if (cut.indexOf(CR) === -1) return cut;
    this.afterCr = cut.at(-1) === CR;
    return Buffer.from(cut.toString('latin1').replace(/\r\n?/g, '\n'), 'latin1');
  }

  /** Behind the last empty line in what is held and these bytes, counted from the start of these; 0 where there is none. */
  private endOfLastEvent(bytes: Buffer): number {
    if (bytes[bytes.length - 1] === LF && bytes[bytes.length - 2] === LF) return bytes.length;
    const last = bytes.lastIndexOf(EVENT_END);
    if (last !== -1) return last + EVENT_END.length;
    return bytes[0] === LF && this.held.last === LF ? 1 : 0;
  }
}
