import type { ServerResponse } from 'node:http';
import type { Client, FlatHeaders } from '@higress/inference';

/** A client that takes nothing for this long is gone. */
const STALLED_MS = 30_000;

/** The answer of an inference route, written to the socket without detours. */
export class HttpClient implements Client {
  private ended = false;

  constructor(private readonly response: ServerResponse) {}

  /** True once a byte of the answer was sent: an error can then no longer be an answer of its own. */
  get answered(): boolean {
    return this.response.headersSent;
  }

  onGone(leave: () => void): void {
    this.response.once('close', () => {
      if (!this.ended) leave();
    });
    if (this.response.destroyed) leave();
  }

  answer(status: number, headers: FlatHeaders, body: Buffer): void {
    this.ended = true;
    if (this.response.destroyed) return;
    headers.push('content-length', String(body.length));
    this.response.writeHead(status, headers);
    this.response.end(body);
  }

  begin(headers: FlatHeaders): void {
    if (this.response.destroyed) return;
    this.response.writeHead(200, [...headers, 'cache-control', 'no-cache', 'x-accel-buffering', 'no']);
  }

  write(bytes: Buffer): boolean {
    return this.response.destroyed || this.response.write(bytes);
  }

  async drained(): Promise<void> {
    const { response } = this;
    await new Promise<void>((resolve) => {
      const stalled = setTimeout(() => response.destroy(), STALLED_MS);
      const done = () => {
        clearTimeout(stalled);
        response.off('drain', done).off('close', done);
        resolve();
      };
      response.once('drain', done).once('close', done);
    });
  }

  end(bytes: Buffer): void {
    this.ended = true;
    if (!this.response.destroyed) this.response.end(bytes);
  }
}
