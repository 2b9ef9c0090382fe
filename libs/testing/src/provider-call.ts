import { EventEmitter, once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

/** One request as the fake provider saw it. */
export class ProviderCall {
  readonly atMs = Date.now();
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As sent: name, value, name, value. */
  readonly rawHeaders: readonly string[];
  /** Bytes of the answer that the caller's side has taken from us; what still waits here is not counted. */
  bytesSent = 0;
  /** True when the caller went away before the answer was whole. */
  aborted = false;
  abortedAt: number | null = null;
  /** Settles when the exchange is over, either way. */
  readonly ended: Promise<void>;
  private readonly taking = new EventEmitter();

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    /** The bytes of the request. */
    readonly raw: Buffer,
  ) {
    this.method = request.method ?? '';
    this.path = request.url ?? '';
    this.headers = request.headers;
    this.rawHeaders = request.rawHeaders;
    this.ended = new Promise((resolve) => response.once('close', () => this.end(response, resolve)));
  }

  /** The request's JSON, or its text when it is not JSON. */
  get body(): unknown {
    const text = this.raw.toString('utf8');
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }

  /** The caller's side has taken more of the answer. */
  take(bytes: number): void {
    this.bytesSent += bytes;
    this.taking.emit('bytes');
  }

  /** Resolves when some of the answer was taken and then nothing more for so long: nobody reads it. That nothing happens, only the clock can tell. */
  async stalled(quietMs = 300): Promise<void> {
    if (this.bytesSent === 0) await once(this.taking, 'bytes');
    await new Promise<void>((resolve) => {
      const quiet = setTimeout(() => {
        this.taking.off('bytes', restart);
        resolve();
      }, quietMs);
      const restart = () => void quiet.refresh();
      this.taking.on('bytes', restart);
    });
  }

  /** Called before we reset or cut the answer ourselves: what follows is no abort of the caller's. */
  isOurDoing = false;

  private end(response: ServerResponse, resolve: () => void): void {
    if (!response.writableFinished && !this.isOurDoing) {
      this.aborted = true;
      this.abortedAt = Date.now();
    }
    resolve();
  }
}
