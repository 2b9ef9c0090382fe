const LF = 0x0a;
const CR = 0x0d;
const EVENT_END = Buffer.from('\n\n');
const EMPTY = Buffer.alloc(0);
/** Kept from one event to the next; what a larger one needed is given back. */
const KEPT_BYTES = 64 * 1024;

/**
 * Cuts a stream of server-sent events where one ends, whatever its line ends and wherever it arrives in pieces.
 * What waits for its end lies in one buffer that grows by doubling: a provider may send single bytes.
 */
export class EventCutter {
  /** Bytes of the event that has not ended yet: for the caller to bound. */
  heldBytes = 0;
  private held = EMPTY;
  private afterCr = false;

  /** All events that are whole now, their lines ended by LF; empty where none is. */
  push(piece: Buffer): Buffer {
    const bytes = this.withLf(piece);
    const end = this.endOfLastEvent(bytes);
    const whole = end === 0 ? EMPTY : this.take(bytes.subarray(0, end));
    this.hold(bytes.subarray(end));
    return whole;
  }

  /** The stream is over: an event without its final newline still counts. */
  end(): Buffer {
    return this.heldBytes === 0 ? EMPTY : this.take(EVENT_END);
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
    return bytes[0] === LF && this.heldBytes > 0 && this.held[this.heldBytes - 1] === LF ? 1 : 0;
  }

  private take(rest: Buffer): Buffer {
    if (this.heldBytes === 0) return rest;
    const whole = Buffer.concat([this.held.subarray(0, this.heldBytes), rest]);
    this.heldBytes = 0;
    if (this.held.length > KEPT_BYTES) this.held = EMPTY;
    return whole;
  }

  private hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const needed = this.heldBytes + bytes.length;
    if (needed > this.held.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.held.length));
      this.held.copy(larger, 0, 0, this.heldBytes);
      this.held = larger;
    }
    bytes.copy(this.held, this.heldBytes);
    this.heldBytes = needed;
  }
}
