const EMPTY = Buffer.alloc(0);
/** Kept from one piece to the next; what a larger one needed is given back. */
const KEPT_BYTES = 64 * 1024;

/** Bytes that wait for the rest of what they belong to, in one buffer that grows by doubling: a provider may send single bytes. */
export class HeldBytes {
  length = 0;
  private held: Buffer = EMPTY;

  /** The last of them; undefined where there are none. */
  get last(): number | undefined {
    return this.length === 0 ? undefined : this.held[this.length - 1];
  }

  add(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const needed = this.length + bytes.length;
    if (needed > this.held.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.held.length));
      this.held.copy(larger, 0, 0, this.length);
      this.held = larger;
    }
    bytes.copy(this.held, this.length);
    this.length = needed;
  }

  /** All of them, and `rest` behind them; then nothing is held. `rest` itself where nothing was. */
  take(rest: Buffer): Buffer {
    if (this.length === 0) return rest;
    const whole = Buffer.concat([this.held.subarray(0, this.length), rest]);
    this.length = 0;
    if (this.held.length > KEPT_BYTES) this.held = EMPTY;
    return whole;
  }
}
