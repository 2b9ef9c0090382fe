import { Readable } from 'node:stream';
import type { Connection, Submittable } from 'pg';

/** What `copy … to stdout` sends, as a stream; hand it to `client.query`. Postgres is read no faster than the stream is. */
export class CopyOut extends Readable implements Submittable {
  #connection: Connection | undefined;

  constructor(private readonly sql: string) {
    super();
  }

  submit(connection: Connection): void {
    this.#connection = connection;
    connection.query(this.sql);
  }

  /** The chunk is a window on what pg received, and is written over by what it receives next. */
  handleCopyData({ chunk }: { chunk: Buffer }): void {
    if (!this.destroyed && !this.push(Buffer.from(chunk))) this.#connection?.stream.pause();
  }

  override _read(): void {
    this.#connection?.stream.resume();
  }

  /** Whoever stops reading must not leave the connection paused. */
  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#connection?.stream.resume();
    callback(error);
  }

  handleCommandComplete(): void {}

  handleError(error: Error): void {
    this.destroy(error);
  }

  handleReadyForQuery(): void {
    this.push(null);
  }
}
