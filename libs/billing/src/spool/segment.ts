import { closeSync, fstatSync, ftruncateSync, futimesSync, openSync, readSync, statSync, unlinkSync, writeSync } from 'node:fs';

const READ_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/**
 * One file of the spool: a record per line, appended. It can also be read from a given place on, for records that are kept nowhere else.
 * Calls are synchronous: records are in the hands of the operating system, which outlives this process, when `append()` returns.
 */
export class Segment {
  size: number;
  /** Records that are known to be here and not known to be confirmed; those of an adopted file are known once they are read. */
  private pending = 0;
  private bytes: number;
  /** Where the next record to read begins; null when nothing here waits to be read. */
  private readAt: number | null;
  private sinceMs: number;
  private readonly fd: number;
  private readonly inode: number;
  /** The last write broke off and its part is still there: the next line must not be glued to it. */
  private torn = false;

  private constructor(
    readonly path: string,
    private readonly adopted: boolean,
  ) {
    this.fd = openSync(path, 'a+', 0o600);
    const { size, ino, mtimeMs } = fstatSync(this.fd);
    this.size = size;
    this.inode = ino;
    this.bytes = size;
    this.sinceMs = mtimeMs;
    this.readAt = adopted ? 0 : null;
  }

  /** A new file to append to. */
  static create(path: string): Segment {
    return new Segment(path, false);
  }

  /** A file that somebody else left, to be read from its beginning. */
  static adopt(path: string): Segment {
    return new Segment(path, true);
  }

  /** Nothing in it is of use any more. */
  get isDone(): boolean {
    return this.pending === 0 && this.readAt === null;
  }

  get hasMoreToRead(): boolean {
    return this.readAt !== null;
  }

  /** Of records that are not known to be confirmed. */
  get pendingBytes(): number {
    return this.isDone ? 0 : this.bytes;
  }

  /** When the oldest record that is to be read came at the latest, in Unix ms. */
  get leftSinceMs(): number {
    return this.sinceMs;
  }

  /** What is appended from now on is to be read. */
  leaveFromHere(): void {
    this.readAt = this.size;
    this.sinceMs = Date.now();
  }

  /** @throws when the disk does not take the lines whole; then it has none of them, if it can be had to forget */
  append(lines: readonly string[]): void {
    const text = `${this.torn ? '\n' : ''}${lines.join('\n')}\n`;
    const before = this.size;
    try {
      this.write(text);
    } catch (error) {
      this.cutTo(before);
      throw error;
    }
    this.torn = false;
    this.pending += lines.length;
    this.bytes += text.length;
  }

  private write(text: string): void {
    for (let rest: string | Buffer = text, left = Buffer.byteLength(text); left > 0; ) {
      const written: number = typeof rest === 'string' ? writeSync(this.fd, rest) : writeSync(this.fd, rest);
      this.size += written;
      left -= written;
      if (left > 0) rest = Buffer.from(text).subarray(-left);
    }
  }

  /** After a write that broke off: takes back what it left, so that the file is as it was. */
  private cutTo(size: number): void {
    if (this.size === size) return;
    try {
      ftruncateSync(this.fd, size);
      this.size = size;
    } catch {
      this.torn = true; // the next line begins on a line of its own
    }
  }

  /** A record of this file is confirmed, or will never be. */
  done(line: string): void {
    this.pending -= 1;
    this.bytes = Math.max(0, this.bytes - line.length - 1);
  }

  /** Reads on, some 64 KB at a time. `torn` is a last line without its end: whoever wrote it was killed. Moves `readAt`, to null at the end. */
  read(): { lines: string[]; torn: string | null } {
    const chunks: Buffer[] = [];
    let from = this.readAt ?? this.size;
    // A line may be longer than one read.
    for (;;) {
      const chunk = Buffer.allocUnsafe(READ_BYTES);
      const length = readSync(this.fd, chunk, 0, READ_BYTES, from);
      from += length;
      chunks.push(chunk.subarray(0, length));
      if (length < READ_BYTES || chunk.lastIndexOf(NEWLINE) >= 0) break;
    }
    // An adopted file grows if its owner only slept.
    if (this.adopted) this.size = fstatSync(this.fd).size;
    const bytes = Buffer.concat(chunks);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    const atEnd = from >= this.size;
    this.readAt = atEnd ? null : from - (bytes.length - end);
    const lines = bytes.toString('utf8', 0, end).split('\n').filter((line) => line !== '');
    if (this.adopted) this.pending += lines.length;
    return { lines, torn: atEnd && end < bytes.length ? bytes.toString('utf8', end) : null };
  }

  /** Forgets everything that is in it. */
  empty(): void {
    ftruncateSync(this.fd);
    this.size = 0;
    this.bytes = 0;
    this.torn = false;
  }

  /** Tells other processes that its owner lives. False when somebody has taken or removed the file. */
  touch(): boolean {
    const now = new Date();
    futimesSync(this.fd, now, now);
    return this.isInPlace();
  }

  close(): void {
    closeSync(this.fd);
  }

  remove(): void {
    if (this.isInPlace()) unlinkSync(this.path);
    this.close();
  }

  private isInPlace(): boolean {
    try {
      return statSync(this.path).ino === this.inode;
    } catch {
      return false;
    }
  }
}
