import { Writable } from 'node:stream';
import type { Connection, Submittable } from 'pg';

type Done = (error?: Error | null) => void;

/** What pg's connection can do besides what its types tell. */
interface CopyConnection extends Connection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

/** Takes what `copy … from stdin` is to have; hand it to `client.query`. It is finished when Postgres has taken everything, and fails with what Postgres refuses. */
export class CopyIn extends Writable implements Submittable {
  #connection: CopyConnection | undefined;
  #waiting: (() => void) | undefined;
  #isOpen = false;
  #finish: Done | undefined;

  constructor(private readonly sql: string) {
    super();
  }

  submit(connection: Connection): void {
    this.#connection = connection as CopyConnection;
    connection.query(this.sql);
  }

  handleCopyInResponse(): void {
    this.#isOpen = true;
    if (this.destroyed) this.#connection?.sendCopyFail('given up');
    else this.#waiting?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#whenOpen((connection) => {
      connection.sendCopyFromChunk(chunk);
      if (connection.stream.writableNeedDrain) connection.stream.once('drain', () => done());
      else done();
    });
  }

  override _final(done: Done): void {
    this.#finish = done;
    this.#whenOpen((connection) => connection.endCopyFrom());
  }

  /** Postgres waits for more until it is told that none will come; only then is the connection of use again. */
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (this.#isOpen && !this.writableFinished) this.#connection?.sendCopyFail('given up');
    done(error);
  }

  handleCommandComplete(): void {}

  handleError(error: Error): void {
    this.#finish = undefined;
    this.destroy(error);
  }

  handleReadyForQuery(): void {
    this.#finish?.();
  }

  #whenOpen(work: (connection: CopyConnection) => void): void {
    const connection = this.#connection;
    if (this.#isOpen && connection) work(connection);
    else this.#waiting = () => this.#connection && work(this.#connection);
  }
}
