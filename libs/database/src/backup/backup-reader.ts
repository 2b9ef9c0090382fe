import type { z } from 'zod';
import { BackupError } from './backup-format';

const NEW_LINE = 10;
const END_OF_ROWS = Buffer.from('\\.\n');
const MAX_LINE_BYTES = 1 << 20;

/** Reads a backup from its beginning to its end, holding no more of it than its longest row. */
export class BackupReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(text: AsyncIterable<Buffer>) {
    this.#chunks = text[Symbol.asyncIterator]();
  }

  /** The next line, which is one of JSON. @throws BackupError when it is not what the schema says */
  async line<T extends z.ZodType>(schema: T, what: string): Promise<z.output<T>> {
    let end: number;
    while ((end = this.#rest.indexOf(NEW_LINE)) === -1) if (this.#rest.length > MAX_LINE_BYTES || !(await this.#more())) throw new BackupError(`the backup ends where ${what} should be, or is none`);
    const text = this.#rest.subarray(0, end).toString();
    this.#rest = this.#rest.subarray(end + 1);
    const parsed = schema.safeParse(parse(text));
    if (!parsed.success) throw new BackupError(`the backup has something else where ${what} should be`);
    return parsed.data;
  }

  /** The rows of a table, many at once, up to the line that ends them. @throws BackupError when it is missing */
  async *rows(): AsyncGenerator<Buffer> {
    for (;;) {
      const end = this.#endOfRows();
      const whole = end ?? this.#rest.lastIndexOf(NEW_LINE) + 1;
      if (whole > 0) yield this.#rest.subarray(0, whole);
      this.#rest = this.#rest.subarray(end === null ? whole : whole + END_OF_ROWS.length);
      if (end !== null) return;
      if (!(await this.#more())) throw new BackupError('the backup ends in the middle of a table');
    }
  }

  /** @throws BackupError when something follows */
  async end(): Promise<void> {
    if (this.#rest.length > 0 || (await this.#more())) throw new BackupError('the backup goes on after its end');
  }

  /** Where the line begins that ends the rows; what is left always begins with a line. In a row a backslash is never alone. */
  #endOfRows(): number | null {
    if (this.#rest.subarray(0, END_OF_ROWS.length).equals(END_OF_ROWS)) return 0;
    const at = this.#rest.indexOf(`\n${END_OF_ROWS.toString()}`);
    return at === -1 ? null : at + 1;
  }

  async #more(): Promise<boolean> {
    const next = await this.#chunks.next().catch((error: unknown) => {
      throw new BackupError(`the backup cannot be read: ${(error as Error).message}`);
    });
    if (next.done) return false;
    this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value]);
    return true;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
