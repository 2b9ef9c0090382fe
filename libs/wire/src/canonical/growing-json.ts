const SPACE = /\s/;
/** A bare word or number that is longer is no argument of a call that anybody waits for. */
const MAX_SCALAR_CHARS = 64;

/**
 * Tells when a JSON value that comes in pieces is whole, looking at each letter once, and only where somebody asks: however many pieces there are, the
 * work is as long as the text. It judges brackets and quotes alone; whether the text between them is JSON is its reader's to say.
 */
export class GrowingJson {
  private depth = 0;
  private isInText = false;
  private isEscaped = false;
  private kind: 'none' | 'nested' | 'text' | 'scalar' = 'none';
  private scalar = '';
  private isClosed = false;
  private unread: string[] = [];

  push(piece: string): void {
    if (!this.isClosed) this.unread.push(piece);
  }

  /** True once nothing more can belong to it. A bare number is whole as soon as it is one. */
  get isWhole(): boolean {
    for (const piece of this.unread) for (let at = 0; at < piece.length && !this.isClosed; at++) this.take(piece[at] as string);
    this.unread = [];
    if (this.kind !== 'scalar') return this.isClosed;
    if (this.scalar.length > MAX_SCALAR_CHARS) return false;
    try {
      JSON.parse(this.scalar);
      return true;
    } catch {
      return false;
    }
  }

  private take(letter: string): void {
    if (this.isInText) return this.takeInText(letter);
    if (letter === '"') {
      this.isInText = true;
      if (this.kind === 'none') this.kind = 'text';
    } else if (letter === '{' || letter === '[') {
      if (this.kind === 'none') this.kind = 'nested';
      this.depth++;
    } else if (letter === '}' || letter === ']') {
      this.depth--;
      this.isClosed = this.kind === 'nested' && this.depth <= 0;
    } else if (this.kind === 'none' && !SPACE.test(letter)) this.kind = 'scalar';
    if (this.kind === 'scalar' && this.scalar.length <= MAX_SCALAR_CHARS) this.scalar += letter;
  }

  private takeInText(letter: string): void {
    if (this.isEscaped) this.isEscaped = false;
    else if (letter === '\\') this.isEscaped = true;
    else if (letter === '"') {
      this.isInText = false;
      this.isClosed = this.kind === 'text';
    }
  }
}
