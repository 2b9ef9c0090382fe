import { DomainError, type Ending } from '@higress/kernel';
import { Deadline } from './deadline';
import type { UpstreamAnswer, UpstreamCall } from './upstream-call';

/** Where the bytes come from. */
export interface AnswerSource {
  /** May send again after {@link LiveAnswer.push} said false. */
  resume(): void;
  /** Must stop for good, at once. Not called once the answer has ended or failed by itself. */
  abort(): void;
}

type Headers = UpstreamAnswer['headers'];
interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

const MAX_UNREAD_BYTES = 1 << 20;
const DEFAULT_MAX_BYTES = 64 << 20;
/** A provider may send a byte at a time; so many pieces become one, or their bookkeeping would outweigh them a hundredfold. */
const MAX_PIECES = 1024;
const EMPTY = Buffer.alloc(0);

function reasonOf(signal: Ending): unknown {
  const reason: unknown = signal.reason;
  // By name: AbortSignal.timeout() gives a DOMException.
  return (reason as Partial<Error> | null)?.name === 'TimeoutError' ? new DomainError('UPSTREAM_TIMEOUT', { cause: reason }) : reason;
}

/** An answer between the source that fills it and the reader that empties it: buffer, limits and clocks, for sockets and simulator alike. */
export class LiveAnswer implements UpstreamAnswer {
  status = 0;
  receivedBytes = 0;
  private headersOf: Headers | (() => Headers) = {};
  private chunks: Buffer[] = [];
  /** How many of `chunks`, from the first, are packed already. */
  private packed = 0;
  private unreadBytes = 0;
  private state: 'open' | 'ended' | 'failed' = 'open';
  private failure: unknown;
  private isPaused = false;
  private judgedByReader: boolean;
  /** Silence was due while bytes lay unread: that is the reader's slowness, so the clock starts again when it reads. */
  private isClockHeld = false;
  private patienceMs: number;
  private starting: Waiter<UpstreamAnswer> | undefined;
  private reading: Waiter<Buffer | null> | undefined;
  private isWaking = false;
  private collecting: Waiter<Buffer> | undefined;
  private readonly deadline = new Deadline(() => this.onSilence());
  private readonly maxBytes: number;
  /** Settles when the headers have arrived, or never will. */
  readonly started: Promise<UpstreamAnswer>;

  constructor(
    private readonly call: UpstreamCall,
    private readonly source: AnswerSource,
  ) {
    this.maxBytes = call.maxBytes ?? DEFAULT_MAX_BYTES;
    this.judgedByReader = call.idleMs === null;
    this.patienceMs = call.idleMs ?? call.deployment.provider.timeouts.idleMs;
    this.started = new Promise((resolve, reject) => (this.starting = { resolve, reject }));
    if (call.signal.aborted) this.onAbort();
    else call.signal.addEventListener('abort', this.onAbort);
  }

  get isOver(): boolean {
    return this.state !== 'open';
  }

  get headers(): Headers {
    if (typeof this.headersOf === 'function') this.headersOf = this.headersOf();
    return this.headersOf;
  }

  // The source's side.

  /** The provider has `ms` from now for the first byte of its body. */
  awaitFirstByte(ms: number): void {
    if (!this.isOver) this.deadline.within(ms);
  }

  /** Fails at once where the answer is encoded, because it would have to be decoded before its size can be trusted, or announces too much. */
  begin(status: number, headers: Headers | (() => Headers), encoding = '', announcedBytes = 0): void {
    const isEncoded = encoding !== '' && encoding !== 'identity';
    if (isEncoded) return this.stop(new DomainError('UPSTREAM_INVALID_RESPONSE', { message: 'The provider encoded its answer although it was asked not to.', upstreamStatus: status }));
    if (announcedBytes > this.maxBytes) return this.stop(new DomainError('UPSTREAM_RESPONSE_TOO_LARGE', { upstreamStatus: status }));
    this.status = status;
    this.headersOf = headers;
    this.starting?.resolve(this);
    this.starting = undefined;
  }

  /** False: enough for now, wait for {@link AnswerSource.resume}. */
  push(chunk: Buffer): boolean {
    if (this.isOver || chunk.length === 0) return true;
    this.receivedBytes += chunk.length;
    if (this.receivedBytes > this.maxBytes) {
      this.stop(new DomainError('UPSTREAM_RESPONSE_TOO_LARGE'));
      return true;
    }
    if (!this.judgedByReader) this.deadline.within(this.patienceMs);
    this.keep(chunk);
    this.wakeReader();
    this.isPaused = this.collecting === undefined && this.unreadBytes >= MAX_UNREAD_BYTES;
    return !this.isPaused;
  }

  end(): void {
    if (this.isOver) return;
    this.finish('ended');
    this.collecting?.resolve(this.take());
    this.collecting = undefined;
    this.wakeReader();
  }

  /** The source broke by itself. What came before can still be read. */
  fail(reason: unknown): void {
    if (this.isOver) return;
    this.failure = reason;
    this.finish('failed');
    this.starting?.reject(reason);
    this.collecting?.reject(reason);
    this.starting = this.collecting = undefined;
    this.wakeReader();
  }

  // The reader's side.

  read(): Promise<Buffer | null> {
    if (this.unreadBytes > 0) return Promise.resolve(this.take());
    if (this.state === 'ended') return Promise.resolve(null);
    if (this.state === 'failed') return Promise.reject(this.failure as Error);
    if (this.reading) return Promise.reject(new Error('a read is under way'));
    return new Promise((resolve, reject) => (this.reading = { resolve, reject }));
  }

  readAll(): Promise<Buffer> {
    if (this.state === 'ended') return Promise.resolve(this.take());
    if (this.state === 'failed') return Promise.reject(this.failure as Error);
    return new Promise((resolve, reject) => {
      this.collecting = { resolve, reject };
      this.resumeSource();
    });
  }

  expectWithin(ms: number): void {
    this.judgedByReader = true;
    this.patienceMs = ms;
    if (!this.isOver) this.deadline.within(ms);
  }

  cancel(reason: unknown = new DomainError('UPSTREAM_ERROR', { message: 'The call was cancelled.', source: 'gateway' })): void {
    this.drop();
    this.stop(reason);
  }

  private readonly onAbort = (): void => {
    this.drop();
    this.stop(reasonOf(this.call.signal));
  };

  private onSilence(): void {
    this.isClockHeld = this.unreadBytes > 0 && this.collecting === undefined;
    if (!this.isClockHeld) this.stop(new DomainError('UPSTREAM_TIMEOUT'));
  }

  /** Fails, and makes the source stop too. */
  private stop(reason: unknown): void {
    if (this.isOver) return;
    this.fail(reason);
    this.source.abort();
  }

  private finish(state: 'ended' | 'failed'): void {
    this.state = state;
    this.deadline.clear();
    this.call.signal.removeEventListener('abort', this.onAbort);
  }

  private keep(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.unreadBytes += chunk.length;
    if (this.chunks.length - this.packed >= MAX_PIECES) this.chunks.push(Buffer.concat(this.chunks.splice(this.packed++)));
  }

  private drop(): void {
    this.chunks = [];
    this.packed = 0;
    this.unreadBytes = 0;
  }

  private take(): Buffer {
    const [first = EMPTY] = this.chunks;
    const all = this.chunks.length > 1 ? Buffer.concat(this.chunks, this.unreadBytes) : first;
    this.drop();
    if (this.isClockHeld && !this.isOver) this.deadline.within(this.patienceMs);
    this.isClockHeld = false;
    this.resumeSource();
    return all;
  }

  private resumeSource(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    if (!this.isOver) this.source.resume();
  }

  /** In a microtask, so that one read takes all that the socket gave in this turn. */
  private wakeReader(): void {
    if (!this.reading || this.isWaking) return;
    this.isWaking = true;
    queueMicrotask(this.wake);
  }

  private readonly wake = (): void => {
    this.isWaking = false;
    const { reading } = this;
    this.reading = undefined;
    if (this.unreadBytes > 0) reading?.resolve(this.take());
    else if (this.state === 'ended') reading?.resolve(null);
    else reading?.reject(this.failure);
  };
}
