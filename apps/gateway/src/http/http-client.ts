import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Client, FlatHeaders } from '@higress/inference';
import type { Ending } from '@higress/kernel';
import { sendLater } from './outbox';

/** A client that takes nothing for this long is gone. */
const STALLED_MS = 30_000;
/** Above this, copying an answer costs more than another write. */
const ONE_WRITE_BYTES = 64 * 1024;

/**
 * The answer of an inference route, written to the socket without detours; what is written within one turn of the event loop leaves together
 * at its end. It listens to the socket and not to the response, because a response that waits for its turn on a connection with pipelined
 * requests never hears that the connection was closed.
 */
export class HttpClient implements Client {
  private readonly socket: Socket;
  private leave: (() => void) | undefined;
  private unsent: Buffer[] = [];
  private unsentBytes = 0;
  private isChunked = false;
  private isEnded = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly stalledMs: number = STALLED_MS,
  ) {
    this.socket = response.req.socket;
  }

  /** True once a byte of the answer was given to be sent: an error can then no longer be an answer of its own. */
  get answered(): boolean {
    return this.isEnded || this.response.headersSent;
  }

  onGone(leave: () => void): void {
    // One that can be written to no more has had its last answer already.
    if (!this.socket.writable) return leave();
    this.leave = leave;
    // As many as there are pipelined requests, which is no leak.
    this.socket.setMaxListeners(0).once('close', leave);
  }

  answer(status: number, headers: FlatHeaders, body: Buffer): void {
    this.settle();
    if (this.socket.destroyed) return;
    headers.push('content-length', String(body.length));
    this.response.writeHead(status, headers);
    // As latin1 text Node joins it with the header into one write; a Buffer would be a second one.
    if (body.length <= ONE_WRITE_BYTES) this.response.end(body.toString('latin1'), 'latin1');
    else this.response.end(body);
    this.watchLastBytes();
  }

  begin(headers: FlatHeaders): void {
    if (this.socket.destroyed) return;
    const { response } = this;
    response.writeHead(200, [...headers, 'cache-control', 'no-cache', 'x-accel-buffering', 'no']);
    // Node writes the frame of each chunk in three pieces of its own, which cost more than the chunk.
    this.isChunked = response.chunkedEncoding;
    response.chunkedEncoding = false;
  }

  write(bytes: Buffer): boolean {
    if (this.socket.destroyed) return true;
    if (this.unsent.push(bytes) === 1) sendLater(this.sendUnsent);
    this.unsentBytes += bytes.length;
    if (this.unsentBytes >= ONE_WRITE_BYTES) this.sendUnsent();
    return !this.response.writableNeedDrain;
  }

  async drained(over: Ending): Promise<void> {
    const { response, socket } = this;
    if (socket.destroyed || over.aborted) return;
    await new Promise<void>((resolve) => {
      const stalled = setTimeout(() => socket.destroy(), this.stalledMs);
      const done = () => {
        clearTimeout(stalled);
        response.off('drain', done);
        socket.off('close', done);
        over.removeEventListener('abort', done);
        resolve();
      };
      response.once('drain', done);
      socket.once('close', done);
      over.addEventListener('abort', done);
    });
  }

  end(bytes: Buffer): void {
    this.settle();
    this.unsent.push(bytes);
    this.unsentBytes += bytes.length;
    this.sendUnsent();
  }

  /** What was given to be sent leaves first; the end of a body never comes, which every client takes for a broken answer. */
  breakOff(): void {
    this.sendUnsent();
    this.settle();
    this.socket.destroySoon();
  }

  /** Cuts the connection under an answer that was begun and will not be ended; one that was ended stays. */
  abandon(): void {
    if (!this.isEnded) this.socket.destroy();
  }

  private readonly sendUnsent = (): void => {
    if (this.unsent.length === 0) return;
    const bytes = this.isChunked ? framed(this.unsent, this.unsentBytes, this.isEnded) : joined(this.unsent);
    this.unsent = [];
    this.unsentBytes = 0;
    if (this.socket.destroyed || (bytes.length === 0 && !this.isEnded)) return;
    if (!this.isEnded) return void this.response.write(bytes);
    this.response.end(bytes);
    this.watchLastBytes();
  };

  private settle(): void {
    this.isEnded = true;
    if (this.leave) this.socket.off('close', this.leave);
    this.leave = undefined;
  }

  /** What the kernel did not take at once must go on moving; Node ends this watch when all of it is out. */
  private watchLastBytes(): void {
    const { response, socket } = this;
    if (response.writableLength === 0) return;
    const watch = () => socket.setTimeout(this.stalledMs);
    if (response.socket) watch();
    else response.once('socket', watch);
  }
}

const CHUNK_END = '\r\n';
const LAST_CHUNK = '0\r\n\r\n';

/** One chunk of HTTP/1.1's chunked coding (RFC 9112, 7.1), and the last one where the body ends; nothing of one that is empty, because that ends the body. */
function framed(pieces: readonly Buffer[], length: number, isLast: boolean): Buffer {
  const head = length === 0 ? '' : `${length.toString(16)}\r\n`;
  const tail = `${length === 0 ? '' : CHUNK_END}${isLast ? LAST_CHUNK : ''}`;
  const frame = Buffer.allocUnsafe(head.length + length + tail.length);
  let at = frame.write(head, 0, 'latin1');
  for (const piece of pieces) {
    frame.set(piece, at);
    at += piece.length;
  }
  frame.write(tail, at, 'latin1');
  return frame;
}

function joined(pieces: readonly Buffer[]): Buffer {
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
}
